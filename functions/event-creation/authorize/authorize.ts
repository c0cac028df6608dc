import type { APIGatewayAuthorizerResult } from 'aws-lambda';

/** What a verified token says. */
export interface Identity {
  /** The subject: vehicles are owned by it. */
  readonly user: string;
  /** The app that the token was issued to (OAuth's client), if the token names it. */
  readonly client: string | undefined;
}

/** A token that is none of ours, or no longer. Why is nobody's business who has none. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

export interface Dependencies {
  /** @throws TokenRefused, or anything else if the token could not be verified */
  readonly verify: (token: string) => Promise<Identity>;
  /** The API key that stands for a client in usage plans. */
  readonly apiKeyOf: (client: string) => string;
}

/**
 * Lets a user in, to everything: which vehicles are theirs is decided where vehicles are known. API Gateway caches
 * the answer by token, for all methods, so it must not depend on the one that is called.
 * @param authorization the header, `Bearer <token>`
 * @throws Error 'Unauthorized', which API Gateway answers by 401; any other error becomes a 500
 */
export async function authorize(
  authorization: string,
  methodArn: string,
  { verify, apiKeyOf }: Dependencies,
): Promise<APIGatewayAuthorizerResult> {
  const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw new Error('Unauthorized');
  try {
    const { user, client } = await verify(token);
    // arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>
    const [api, stage] = methodArn.split('/');
    return {
      principalId: user,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${api}/${stage}/*` }],
      },
      // Without a key of a usage plan API Gateway refuses the call: a client that is not registered stays out.
      ...(client === undefined ? {} : { usageIdentifierKey: apiKeyOf(client) }),
    };
  } catch (error) {
    // Without the cause: the runtime logs what is thrown, and the cause may quote the token.
    if (error instanceof TokenRefused) throw new Error('Unauthorized');
    throw error;
  }
}
