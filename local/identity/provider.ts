import type { EventEmitter } from 'node:events';
import Provider, { errors } from 'oidc-provider';
import { DEMO_USERS } from '../../vehicle-simulator/users.ts';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import type { KeyValues } from '../storage/key-values.ts';
import { configuration, RESOURCE, RESOURCE_SERVER } from './configuration.ts';
import { CLIENT_ID, LOGIN_GRANT, MOUNT_PATH } from './contract.ts';
import { mounted } from './mounted.ts';
import { keptSigningKey, type SigningKey } from './signing-key.ts';

type DemoUser = (typeof DEMO_USERS)[number];

export interface IdentityProvider {
  /** The `iss` of its tokens; its discovery document is at `/.well-known/openid-configuration` below. */
  readonly issuer: string;
  /** Answers all below `/oidc`. */
  readonly handler: BesideHandler;
  /** Its private key: tests forge tokens with it. */
  readonly signingKey: SigningKey;
  /** A fresh access token, without HTTP. */
  token(user: DemoUser): Promise<string>;
}

/**
 * An OpenID Connect provider for the demo users.
 * @param origin of the API that it is served beside
 * @param onError is told what went wrong inside
 * @param kept has its key when the process ends; without, it draws one that ends with it
 */
export async function startIdentityProvider(
  origin: string,
  onError: (error: Error) => void,
  kept?: KeyValues,
): Promise<IdentityProvider> {
  const issuer = `${origin}${MOUNT_PATH}`;
  const signingKey = await keptSigningKey(kept);
  const provider = new Provider(issuer, configuration(signingKey));
  provider.on('server_error', (_context, error) => onError(error));
  // Its types know only the provider's own events, not those of Koa, which it is built on.
  const application: EventEmitter = provider;
  application.on('error', onError);

  provider.registerGrantType<LoginParameters>(
    LOGIN_GRANT,
    async (context) => {
      const { username, resource } = context.oidc.params;
      if (resource !== undefined && resource !== RESOURCE) throw new errors.InvalidTarget();
      const { value, expiresIn } = await issue(provider, demoUser(username));
      context.body = { access_token: value, expires_in: expiresIn, token_type: 'Bearer' };
    },
    ['username', 'resource'],
  );

  return {
    issuer,
    handler: mounted(provider.callback(), MOUNT_PATH),
    signingKey,
    token: async (user) => (await issue(provider, user)).value,
  };
}

interface LoginParameters {
  readonly username?: string;
  readonly resource?: string;
}

/** @throws OAuth's error if there is no such user */
function demoUser(name: string | undefined): DemoUser {
  const user = DEMO_USERS.find((known) => known === name);
  if (user !== undefined) return user;
  const problem = name === undefined ? 'username is missing' : `there is no user '${name}'`;
  throw Object.assign(new errors.InvalidGrant(), {
    error_description: `${problem}; the demo users are ${DEMO_USERS.join(', ')}`,
  });
}

async function issue(provider: Provider, user: DemoUser): Promise<{ value: string; expiresIn: number }> {
  const client = await provider.Client.find(CLIENT_ID);
  if (client === undefined) throw new Error(`There is no client ${CLIENT_ID}`);
  const token = new provider.AccessToken({
    client,
    accountId: user,
    resourceServer: new provider.ResourceServer(RESOURCE, RESOURCE_SERVER),
    gty: LOGIN_GRANT,
    // Grants are consents: nobody is asked for one.
    grantId: '',
  });
  return { value: await token.save(), expiresIn: token.expiration };
}
