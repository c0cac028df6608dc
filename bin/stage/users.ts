import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  type AttributeType,
  type CognitoIdentityProviderClient,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { AppError } from '../call.ts';

/**
 * Creates the users of a pool that are not there yet. They have no password that anybody knows: see bin/sign-in.ts.
 * @returns `sub` of each one's tokens, in this order
 */
export const createUsers = (
  client: CognitoIdentityProviderClient,
  UserPoolId: string,
  users: readonly string[],
): Promise<string[]> =>
  Promise.all(
    users.map(async (Username) => {
      const attributes = await createUser(client, { UserPoolId, Username });
      const subject = attributes?.find(({ Name }) => Name === 'sub')?.Value;
      if (subject === undefined) throw new AppError(`The user pool does not tell the subject of ${Username}`);
      return subject;
    }),
  );

async function createUser(
  client: CognitoIdentityProviderClient,
  user: { UserPoolId: string; Username: string },
): Promise<AttributeType[] | undefined> {
  try {
    // Nobody is to be written to: there is no address.
    const { User } = await client.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    return User?.Attributes;
  } catch (error) {
    if (!(error instanceof UsernameExistsException)) throw error;
    const { UserAttributes } = await client.send(new AdminGetUserCommand(user));
    return UserAttributes;
  }
}
