import * as z from 'zod';
import { Buckets, Latency } from '../local/control/histogram.ts';

/**
 * What a load test has measured, wherever: `result.json`. What a source cannot tell is absent: a deployed stage has no
 * memory, a local one no function errors.
 */

/** ISO 8601, UTC. */
const Time = z.string();

const Count = z.int().min(0);

/** Numbers by name, the name being data: kinds of errors, queues. */
const Counts = z.record(z.string(), Count);

/** Requests as AWS counts them, status polls and foreign ones among them. */
const Requests = z.object({
  count: Count,
  clientErrors: Count,
  serverErrors: Count,
  latency: Latency.optional(),
});
export type Requests = z.infer<typeof Requests>;

/** What happened in one second; from CloudWatch, in one minute. */
export const Sample = z.object({
  /** When it began. */
  at: Time,
  seconds: z.number().positive(),
  /** Requests for commands. */
  sent: Count,
  accepted: Count,
  polls: Count,
  /** Requests that were not answered as hoped, by kind: `trigger 409 VEHICLE_BUSY`, `poll timeout`. */
  errors: Counts,
  /** HTTP requests as the caller saw them, by what was asked for. Absent, if none was answered. */
  trigger: Latency.optional(),
  poll: Latency.optional(),
  /** From API Gateway's first sight to the subscriber's notification, of commands that ended then. */
  endToEnd: Latency.optional(),
  ended: z.object({ EXECUTED: Count, FAILED: Count }).optional(),
  /** Messages that wait in a queue or are being worked on; only queues that have some. Of all of them: `queued`. */
  queues: Counts.optional(),
  queued: Count.optional(),
  /** Messages that were put off on purpose, in all queues: a lifecycle watch for each status. */
  delayed: Count.optional(),
  deadLetters: Count.optional(),
  rssBytes: z.number().optional(),
  heapUsedBytes: z.number().optional(),
  /** Of CPU time in that second: 1.5 is one and a half cores. */
  cpus: z.number().optional(),
  /** Of the load generator. */
  generatorCpus: z.number().optional(),
  generatorRssBytes: z.number().optional(),
  /** On AWS: of API Gateway, and of the load balancer before it. */
  api: Requests.optional(),
  door: Requests.optional(),
  functionErrors: Count.optional(),
  functionThrottles: Count.optional(),
  concurrentExecutions: Count.optional(),
  workflowsFailed: Count.optional(),
});
export type Sample = z.infer<typeof Sample>;

/** Of many requests or commands: the values, and what is said of them. */
const Distribution = z.object({
  latency: Latency,
  /** CloudWatch's is coarser than the others. */
  histogram: Buckets.optional(),
});

/** What came of a phase, or of the whole. Commands count where they ended: those on their way count in the next phase. */
export const Outcome = z.object({
  sent: Count,
  accepted: Count,
  polls: Count,
  errors: Counts,
  trigger: Distribution.optional(),
  poll: Distribution.optional(),
  endToEnd: Distribution.optional(),
});
export type Outcome = z.infer<typeof Outcome>;

export const Phase = z.object({
  name: z.string(),
  from: Time,
  to: Time,
  seconds: z.number(),
  /** Commands a second, at its begin and at its end. */
  fromRate: z.number(),
  toRate: z.number(),
  outcome: Outcome,
});
export type Phase = z.infer<typeof Phase>;

/** What became of every command that was accepted. */
export const Reconciliation = z.object({
  /** Where it was looked up: the tables, or the API where there are no credentials for the tables. */
  source: z.enum(['tables', 'api']),
  accepted: Count,
  /** By final state: `EXECUTED`, `FAILED VEHICLE_DID_NOT_ANSWER`. */
  ended: Counts,
  /** Accepted, and the stage knows nothing of it. */
  lost: Count,
  /** Not ended, though the longest that it may take is over. */
  stuck: Count,
  /** Ended in two ways, or the subscriber was told of two ends; absent where nobody can tell (from the API alone). */
  doubled: Count.optional(),
  /** Commands whose notifications were looked at: each is a request, so it is a sample of many. */
  notificationsRead: Count.optional(),
  /** Of those, the ones of whose end the subscriber was not told. */
  untold: Count.optional(),
  /** Not ended, and may still. */
  open: Count,
  /** That came during the test. */
  deadLetters: Count.optional(),
  /** Vehicles that are still held by a command of the test. */
  leases: Count.optional(),
  /** Ids of some that are lost, stuck or doubled, with what is wrong. */
  examples: z.array(z.string()),
  seconds: z.number(),
});
export type Reconciliation = z.infer<typeof Reconciliation>;

export const Verdict = z.object({
  /** For people: `end to end, p99`. */
  name: z.string(),
  /** With its unit, for people: `at most 400 ms`. */
  limit: z.string(),
  /** With its unit; `not measured` counts as failed. */
  actual: z.string(),
  passed: z.boolean(),
});
export type Verdict = z.infer<typeof Verdict>;

export const LoadTestResult = z.object({
  profile: z.object({ name: z.string(), description: z.string() }),
  /** As it may be typed again. */
  commandLine: z.string(),
  /** Base URL. */
  target: z.string(),
  /** A deployed one; absent for a local one. */
  stage: z.string().optional(),
  /** Where it differs from the profile: `the plateau lasts 60 minutes in place of 180`. */
  differences: z.array(z.string()),
  /** Where the load came from; a local stage runs there too. */
  machine: z.object({
    cpus: z.int(),
    cpuModel: z.string(),
    memoryBytes: z.number(),
    node: z.string(),
    os: z.string(),
  }),
  /** Of the load, without the wait for the last ends. */
  startedAt: Time,
  endedAt: Time,
  /** Why it ended before its time. */
  interrupted: z.string().optional(),
  phases: z.array(Phase),
  samples: z.array(Sample),
  total: Outcome,
  reconciliation: Reconciliation.optional(),
  thresholds: z.array(Verdict),
  passed: z.boolean(),
});
export type LoadTestResult = z.infer<typeof LoadTestResult>;
