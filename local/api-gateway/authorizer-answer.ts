import * as z from 'zod';
import type { Json } from '../aws.ts';
import { compilePolicy, type Decide, PolicyDocument } from './authorizer-policy.ts';

/** What an authorizer's function said of a token. */
export interface AuthorizerAnswer {
  /** `$context.authorizer.…`: the principal's id and what stands in the answer's context, all of it as text. */
  readonly variables: ReadonlyMap<string, string>;
  /** The caller's API key, for APIs that take it from here. */
  readonly usageIdentifierKey: string | undefined;
  readonly decide: Decide;
}

const Answer = z.object({
  principalId: z.string(),
  policyDocument: PolicyDocument,
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  usageIdentifierKey: z.string().optional(),
});

/**
 * Source: «Output from an API Gateway Lambda authorizer» in the developer guide.
 * @throws Error for anything that is no such output
 */
export function parseAuthorizerAnswer(returned: Json): AuthorizerAnswer {
  const parsed = Answer.safeParse(returned);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`,
    );
    throw new Error(`the function's answer is none of an authorizer: ${issues.join('; ')}`);
  }
  const { principalId, policyDocument, context, usageIdentifierKey } = parsed.data;
  const variables = new Map(Object.entries(context).map(([key, value]) => [key, String(value)]));
  variables.set('principalId', principalId);
  return { variables, usageIdentifierKey, decide: compilePolicy(policyDocument) };
}
