import * as z from 'zod';
import type { Json } from '../aws.ts';
import { patterns } from '../iam/policies.ts';

const Text = z.union([z.string(), z.array(z.string())]);
/** The endpoint that a request has come through; of a request that came in another way there is none. */
const FromEndpoint = z.strictObject({ 'aws:SourceVpce': Text });

const Statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.strictObject({ AWS: z.literal('*') })], {
    error: 'Principal: only everybody is supported',
  }),
  Action: Text,
  Resource: Text,
  Condition: z
    .union(
      [z.strictObject({ StringEquals: FromEndpoint }), z.strictObject({ StringNotEquals: FromEndpoint })],
      {
        error: 'Condition: only one on aws:SourceVpce is supported',
      },
    )
    .optional(),
});
type Statement = z.infer<typeof Statement>;

const Document = z.object({ Statement: z.union([Statement, z.array(Statement)]) });

/** Whether a request that came through this endpoint is admitted. */
export type Admits = (endpointId: string) => boolean;

/**
 * The resource policy of a private API or of a private domain: everybody is denied whom it does not allow.
 * @param resource ARN that a request asks for; `execute-api:/…` is short for what the policy is about
 * @throws Error for a statement that is not understood
 */
export function compileResourcePolicy(policy: Json | undefined, resource: string): Admits {
  const statements = policy === undefined || policy === null ? [] : [Document.parse(policy).Statement].flat();
  const about = statements.filter(
    ({ Action, Resource }) =>
      patterns(Action).some((pattern) => pattern.test('execute-api:Invoke')) &&
      [Resource]
        .flat()
        .some((text) => text.startsWith('execute-api:/') || patterns(text).some((one) => one.test(resource))),
  );
  return (endpointId) => {
    const applying = about.filter(({ Condition }) => applies(Condition, endpointId));
    return applying.length > 0 && applying.every(({ Effect }) => Effect === 'Allow');
  };
}

function applies(condition: Statement['Condition'], endpointId: string): boolean {
  if (condition === undefined) return true;
  const is = (wanted: z.infer<typeof FromEndpoint>) => [wanted['aws:SourceVpce']].flat().includes(endpointId);
  return 'StringEquals' in condition ? is(condition.StringEquals) : !is(condition.StringNotEquals);
}
