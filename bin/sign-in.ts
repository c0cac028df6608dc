import { randomBytes } from 'node:crypto';
import {
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  NotAuthorizedException,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { DEMO_USERS } from '../vehicle-simulator/users.ts';
import { AppError } from './call.ts';
import { openStage, type StageAccess } from './stage-access.ts';

/** The user pool of a stage, for whoever has AWS credentials. */
export interface UserPool {
  /** @throws UserNotFoundException */
  readonly setPassword: (user: string, password: string) => Promise<void>;
  /** @returns an access token. @throws NotAuthorizedException if the password is another one */
  readonly signIn: (user: string, password: string) => Promise<string>;
}

/** Somebody else may set a password between ours and the sign-in with it. */
const ATTEMPTS = 3;

/**
 * Signs a demo user in with a fresh password that nobody keeps. Tokens of earlier sign-ins stay valid.
 * @returns an access token, for an hour
 * @throws AppError that says what to do
 */
export async function signIn(pool: UserPool, user: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    // 32 random characters, and one of each kind that the pool asks for.
    const password = `${randomBytes(24).toString('base64url')}aA1!`;
    try {
      await pool.setPassword(user, password);
      return await pool.signIn(user, password);
    } catch (error) {
      if (error instanceof UserNotFoundException) {
        throw new AppError(
          `There is no user '${user}'; the demo users are ${DEMO_USERS.join(', ')}. They come with: npm run stage -- up`,
          { cause: error },
        );
      }
      if (!(error instanceof NotAuthorizedException) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** @throws AppError if the stage has no users of its own */
export function userPoolOf(access: StageAccess): UserPool {
  if (!access.has('UserPoolId')) {
    throw new AppError(
      'The stage has no users of its own. Ask the identity provider that it trusts for a token, and give it: --token <token>',
    );
  }
  const client = new CognitoIdentityProviderClient();
  const UserPoolId = access.output('UserPoolId');
  const ClientId = access.output('UserPoolClientId');
  return {
    setPassword: async (Username, Password) => {
      await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
    },
    signIn: async (USERNAME, PASSWORD) => {
      const { AuthenticationResult } = await client.send(
        new AdminInitiateAuthCommand({
          UserPoolId,
          ClientId,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD },
        }),
      );
      const token = AuthenticationResult?.AccessToken;
      if (token === undefined) throw new AppError(`The user pool asks ${USERNAME} for more than a password`);
      return token;
    },
  };
}

/**
 * The demo users of a deployed stage, who log in at its URL.
 * @throws AppError if there is no such stage; its users may say so later, for a token does without them
 */
export async function demoUsersOf(
  stage: string,
): Promise<{ readonly url: () => string; readonly logIn: (user: string) => Promise<string> }> {
  const access = await openStage({ target: '', stage });
  return {
    url: () => access.output('ApiUrl'),
    logIn: async (user) => signIn(userPoolOf(access), user),
  };
}
