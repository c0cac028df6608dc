import { type ZodType, z } from 'zod';
import type { Json } from '../aws.ts';
import type { Field } from './field.ts';

/** JSON that may hold expressions: its compilation checks it. */
const template = z.custom<Json>((value) => value !== undefined);

/** States Language, «State Machine Variables»: a Unicode identifier of at most 80 characters. */
const variableName = z
  .string()
  .max(80)
  .regex(/^\p{ID_Start}\p{ID_Continue}*$/u, 'not a variable name')
  .refine((name) => name !== 'states', '$states is reserved');

const comment = { Comment: z.string().optional() };
const output = { Output: template.optional() };
const assign = { Assign: z.record(variableName, template).optional() };

const errorEquals = z
  .array(z.string())
  .nonempty()
  .refine((names) => names.length === 1 || !names.includes('States.ALL'), 'States.ALL must stand alone');

const wildcardIsLast = (handlers: readonly { ErrorEquals: readonly string[] }[]) =>
  handlers.slice(0, -1).every(({ ErrorEquals }) => !ErrorEquals.includes('States.ALL'));

const retrier = z.strictObject({
  ...comment,
  ErrorEquals: errorEquals,
  IntervalSeconds: z.int().positive().default(1),
  BackoffRate: z.number().min(1).default(2),
  MaxAttempts: z.int().nonnegative().default(3),
  MaxDelaySeconds: z.int().positive().optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});
const catcher = z.strictObject({
  ...comment,
  ...output,
  ...assign,
  ErrorEquals: errorEquals,
  Next: z.string(),
});
const recovery = {
  Retry: z.array(retrier).refine(wildcardIsLast, 'States.ALL must stand last').default([]),
  Catch: z.array(catcher).refine(wildcardIsLast, 'States.ALL must stand last').default([]),
};

const general = { ...comment, QueryLanguage: z.literal('JSONata').optional() };
const passing = {
  ...general,
  ...output,
  ...assign,
  Next: z.string().optional(),
  End: z.boolean().optional(),
};

const flow = z.strictObject({
  ...comment,
  StartAt: z.string(),
  States: z.record(z.string().max(80), z.looseObject({})),
});
const itemProcessor = flow.extend({
  ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE').optional() }).optional(),
});
const machine = flow.extend({
  QueryLanguage: z.enum(['JSONata', 'JSONPath']).default('JSONPath'),
  Version: z.literal('1.0').optional(),
  TimeoutSeconds: z.int().positive().optional(),
});

/** The fields of each state type in JSONata. Source: States Language, «State Types». */
const state = z.discriminatedUnion(
  'Type',
  [
    z.strictObject({ ...passing, Type: z.literal('Pass') }),
    z.strictObject({
      ...passing,
      ...recovery,
      Type: z.literal('Task'),
      Resource: z.string(),
      Arguments: template.optional(),
      TimeoutSeconds: template.optional(),
    }),
    z.strictObject({
      ...general,
      ...output,
      ...assign,
      Type: z.literal('Choice'),
      Choices: z
        .array(z.strictObject({ ...comment, ...output, ...assign, Condition: template, Next: z.string() }))
        .nonempty(),
      Default: z.string().optional(),
    }),
    z.strictObject({
      ...passing,
      Type: z.literal('Wait'),
      Seconds: template.optional(),
      Timestamp: template.optional(),
    }),
    z.strictObject({ ...general, ...output, Type: z.literal('Succeed') }),
    z.strictObject({
      ...general,
      Type: z.literal('Fail'),
      Error: template.optional(),
      Cause: template.optional(),
    }),
    z.strictObject({
      ...passing,
      ...recovery,
      Type: z.literal('Parallel'),
      Branches: z.array(flow).nonempty(),
      Arguments: template.optional(),
    }),
    z.strictObject({
      ...passing,
      ...recovery,
      Type: z.literal('Map'),
      ItemProcessor: itemProcessor,
      Items: template.optional(),
      ItemSelector: template.optional(),
      MaxConcurrency: template.optional(),
    }),
  ],
  { error: 'not a state type' },
);

type MachineDefinition = z.infer<typeof machine>;
export type FlowDefinition = z.infer<typeof flow>;
export type StateDefinition = z.infer<typeof state>;
/** One type of state, such as `StateOf<'Task'>`. */
export type StateOf<Type extends StateDefinition['Type']> = Extract<StateDefinition, { Type: Type }>;

/** @throws Error naming the field that is wrong or not supported */
export const parseMachine = (value: unknown, field: Field): MachineDefinition => parse(machine, value, field);

/** @throws Error naming the field that is wrong or not supported */
export const parseState = (value: unknown, field: Field): StateDefinition => parse(state, value, field);

function parse<T>(shape: ZodType<T>, value: unknown, field: Field): T {
  const { data, error } = shape.safeParse(value);
  if (!error) return data;
  const [issue] = error.issues;
  const place = field.at(...(issue?.path ?? []));
  if (issue?.code === 'unrecognized_keys') {
    throw place.at(...issue.keys.slice(0, 1)).refusal('this field is not supported');
  }
  const problem = issue?.code === 'invalid_key' ? issue.issues[0] : issue;
  throw place.refusal(problem?.message ?? 'Invalid input');
}
