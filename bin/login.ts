import * as z from 'zod';
import { CLIENT_ID, LOGIN_GRANT, MOUNT_PATH } from '../local/identity/contract.ts';
import { AppError, call, Refusal } from './call.ts';

const Discovery = z.object({ token_endpoint: z.url(), grant_types_supported: z.array(z.string()) });
const Issued = z.object({ access_token: z.string() });

/**
 * Logs a demo user in at a stage that has an identity provider of its own: a local one.
 * @returns a fresh access token
 * @throws AppError that says what to do
 */
export async function login(base: string, user: string): Promise<string> {
  const tokenEndpoint = await discover(base);
  const body = new URLSearchParams({ grant_type: LOGIN_GRANT, client_id: CLIENT_ID, username: user });
  try {
    const { access_token: token } = await call(tokenEndpoint, { method: 'POST', body }, Issued);
    return token;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AppError(`Nobody is logged in: ${error.reason}`, { cause: error });
  }
}

async function discover(base: string): Promise<string> {
  try {
    const url = `${base}${MOUNT_PATH}/.well-known/openid-configuration`;
    const { token_endpoint, grant_types_supported } = await call(url, {}, Discovery);
    if (grant_types_supported.includes(LOGIN_GRANT)) return token_endpoint;
  } catch (error) {
    if (!(error instanceof Refusal) || error.status >= 500) throw error;
  }
  throw new AppError(
    `${base} has no identity provider of its own. Ask the one that it trusts for a token, ` +
      'and give it to the app: npm run app -- --token <token>',
  );
}
