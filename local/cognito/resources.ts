import { CLIENT_ID } from '../identity/contract.ts';
import { ISSUER_PLACEHOLDER } from '../identity/token-parameters.ts';
import { accountId, region } from '../messaging/engine.ts';
import type { Creator } from '../resources.ts';

/**
 * The stage's identity provider plays the pool: it issues the tokens, with the audience that the pool's trigger, which is
 * never called here, would put in.
 */
export const userPools = (): Record<string, Creator> => ({
  'AWS::Cognito::UserPool': ({ name }) => ({
    ref: name,
    attributes: {
      Arn: `arn:aws:cognito-idp:${region}:${accountId}:userpool/${name}`,
      ProviderURL: ISSUER_PLACEHOLDER,
      UserPoolId: name,
    },
  }),
  'AWS::Cognito::UserPoolClient': () => ({ ref: CLIENT_ID, attributes: { ClientId: CLIENT_ID } }),
});
