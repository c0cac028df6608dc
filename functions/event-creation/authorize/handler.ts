import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '../../environment.ts';
import { authorize, type Dependencies } from './authorize.ts';
import { tokenVerifier } from './token-verifier.ts';

const { TOKEN_ISSUER, TOKEN_AUDIENCE, API_KEY_PREFIX } = readEnvironment({
  TOKEN_ISSUER: z.url(),
  TOKEN_AUDIENCE: z.string().min(1),
  API_KEY_PREFIX: z.string().min(1),
});

const dependencies: Dependencies = {
  verify: tokenVerifier({ issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE }),
  apiKeyOf: (client) => `${API_KEY_PREFIX}${client}`,
};

/** Logs nothing: tokens and users must not reach a log. */
export const handler = ({
  authorizationToken,
  methodArn,
}: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> =>
  authorize(authorizationToken, methodArn, dependencies);
