import * as z from 'zod';

/** Part of a name, as the templates give it: `Persistence*Queue`; `*` stands for anything. */
const Pattern = z.string().min(1);

/** Longer than any time-out that a fault could have to outlast: an hour. */
const Milliseconds = z.int().positive().max(3_600_000);

const every = {
  /** Of each call, invocation, message or request that the fault applies to. */
  probability: z.number().gt(0).max(1).default(1),
  /** After which the fault ends by itself; a day at most. */
  seconds: z.number().positive().max(86_400).optional(),
};

export const Service = z.enum([
  'cloudwatch',
  'dynamodb',
  'elasticloadbalancing',
  'lambda',
  'secrets-manager',
  'sns',
  'sqs',
  'states',
]);
export type Service = z.infer<typeof Service>;

const calls = {
  service: Service,
  /** In PascalCase, as in the AWS API reference: `PutItem`. By default all. */
  action: z
    .string()
    .regex(/^[A-Z]\w+$/, 'an action is written as in the AWS API reference: PutItem')
    .optional(),
  /** Of the table, topic, queue, workflow, function or secret that is called. By default all. */
  resource: Pattern.optional(),
};
const functions = { function: Pattern.optional() };
const queues = { queue: Pattern.optional() };

/** One thing that goes wrong on the local stage, as AWS, the broker or the network may let it go wrong. */
export const Fault = z.discriminatedUnion('fault', [
  z.strictObject({
    fault: z.literal('service-fails'),
    ...calls,
    ...every,
    /** By default the service's own for a fault of its own, which SDKs try again. */
    error: z
      .strictObject({ name: z.string().regex(/^[\w.]+$/), status: z.int().min(400).max(599) })
      .optional(),
    /** Whether the call has its effect before its failure is answered. */
    effect: z.boolean().default(false),
  }),
  z.strictObject({ fault: z.literal('service-throttles'), ...calls, ...every }),
  z.strictObject({ fault: z.literal('service-slow'), ...calls, ...every, ms: Milliseconds }),
  z.strictObject({
    fault: z.literal('function-crashes'),
    ...functions,
    ...every,
    /** `before` its handler runs; or `after`: its work is done, the answer is lost. */
    when: z.enum(['before', 'after']),
  }),
  /** Ends the function in the middle of its work, as its own time-out would; in vain if that comes first. */
  z.strictObject({
    fault: z.literal('function-times-out'),
    ...functions,
    ...every,
    afterMs: Milliseconds,
  }),
  z.strictObject({ fault: z.literal('queue-duplicates'), ...queues, ...every }),
  z.strictObject({ fault: z.literal('queue-shuffles'), ...queues, ...every }),
  z.strictObject({ fault: z.literal('queue-delays'), ...queues, ...every, ms: Milliseconds }),
  /** Connections are reset. */
  z.strictObject({ fault: z.literal('broker-down'), ...every }),
  /** Answers late: by then it has taken the message, and its client may have gone. */
  z.strictObject({ fault: z.literal('broker-slow'), ...every, ms: Milliseconds }),
  z.strictObject({
    fault: z.literal('broker-fails'),
    ...every,
    status: z.int().min(400).max(599).default(503),
  }),
  /** Answers as if it had taken the message, which reaches no vehicle. */
  z.strictObject({ fault: z.literal('broker-forgets'), ...every }),
]);
export type Fault = z.infer<typeof Fault>;

/** What a file of faults holds, and what the control endpoint takes: all faults at once. */
export const FaultSet = z.strictObject({
  /** Makes a run repeatable, as far as its timing is. By default any. */
  seed: z.int().optional(),
  faults: z.array(Fault),
});
export type FaultSet = z.infer<typeof FaultSet>;
/** As it is written: what has a default may be left out. */
export type FaultSetInput = z.input<typeof FaultSet>;

/** @throws Error in one line that names the place and what is wrong with it */
export function readFaults(data: unknown): FaultSet {
  const parsed = FaultSet.safeParse(data);
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: '' }] = parsed.error.issues;
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  throw new Error(`${place.replace(/^\./, '') || 'The set of faults'}: ${message}`);
}
