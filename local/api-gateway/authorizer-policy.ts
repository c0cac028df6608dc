import * as z from 'zod';
import { patterns } from '../iam/policies.ts';

type Decision = 'allowed' | 'denied' | 'denied explicitly';

/** What a policy says to a call of the method with this ARN. */
export type Decide = (methodArn: string) => Decision;

const Texts = z.union([z.string(), z.array(z.string())]);

/** What is not read here would be a condition that is silently not asked for, so it is refused. */
const Statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: Texts,
  Resource: Texts,
});

export const PolicyDocument = z.strictObject({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([Statement, z.array(Statement)]),
});

/** Actions are compared without case. */
const ACTION = 'execute-api:invoke';

/**
 * An explicit deny goes before an allow, and what nothing allows is denied.
 * Source: «IAM policy evaluation logic» in the IAM user guide.
 */
export function compilePolicy(document: z.infer<typeof PolicyDocument>): Decide {
  const statements = [document.Statement].flat().filter(({ Action }) => {
    const actions = [Action].flat().map((action) => action.toLowerCase());
    return patterns(actions).some((pattern) => pattern.test(ACTION));
  });
  const resources = (effect: 'Allow' | 'Deny') =>
    patterns(statements.filter(({ Effect }) => Effect === effect).flatMap(({ Resource }) => Resource));
  const [denied, allowed] = [resources('Deny'), resources('Allow')];
  return (methodArn) => {
    if (denied.some((pattern) => pattern.test(methodArn))) return 'denied explicitly';
    return allowed.some((pattern) => pattern.test(methodArn)) ? 'allowed' : 'denied';
  };
}
