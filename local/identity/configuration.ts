import type { ClientMetadata, Configuration, ResourceServer } from 'oidc-provider';
import { CLIENT_ID, LOGIN_GRANT } from './contract.ts';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.ts';
import { storelessAdapter } from './storeless-adapter.ts';

const TOKEN_LIFETIME_S = 3600;

/** The API, as resource of RFC 8707: its identifier must be a URI, unlike the audience of its tokens. */
export const RESOURCE = `urn:${CLIENT_ID}`;

/** The API's access tokens are JWTs after RFC 9068. */
export const RESOURCE_SERVER: ResourceServer = {
  audience: CLIENT_ID,
  scope: '',
  accessTokenFormat: 'jwt',
  accessTokenTTL: TOKEN_LIFETIME_S,
  jwt: { sign: { alg: SIGNING_ALGORITHM } },
};

const MY_APP: ClientMetadata = {
  client_id: CLIENT_ID,
  token_endpoint_auth_method: 'none',
  grant_types: [LOGIN_GRANT],
  response_types: [],
  redirect_uris: [],
};

const off = { enabled: false };

/**
 * Everything is off that the login of a demo user does not need. Whatever has a default for development is set:
 * the library would warn of it on the terminal.
 */
export const configuration = (key: SigningKey): Configuration => ({
  adapter: storelessAdapter,
  jwks: { keys: [key] },
  clients: [MY_APP],
  clientAuthMethods: ['none'],
  responseTypes: [],
  scopes: ['openid'],
  ttl: { AccessToken: TOKEN_LIFETIME_S },
  // Where verifiers look that do not read the discovery document.
  routes: { jwks: '/.well-known/jwks.json' },
  features: {
    devInteractions: off,
    dPoP: off,
    pushedAuthorizationRequests: off,
    rpInitiatedLogout: off,
    userinfo: off,
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      getResourceServerInfo: () => RESOURCE_SERVER,
    },
  },
  // Pages of other origins get no tokens.
  clientBasedCORS: (context, origin) => origin === `${context.protocol}://${context.host}`,
  findAccount: () => undefined,
  renderError: (context, error) => {
    context.body = error;
  },
});
