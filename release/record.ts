import * as z from 'zod';
import { EnvironmentSchema } from './traffic.ts';

/**
 * ```
 * DEPLOYING ─▶ PROVING ─▶ SHIFTING ─▶ RELEASED
 *                 ├─▶ REFUSED   └─▶ ROLLED_BACK
 * ```
 * and ABANDONED from where no customer is on the new version. RELEASED is written by the shifting workflow; if a probe
 * has failed by then, the release is open until it is ROLLED_BACK. What a release does next is read from its record alone,
 * so whoever comes later goes on with it.
 */
const OPEN_STATES = ['DEPLOYING', 'PROVING', 'SHIFTING'] as const;
const CLOSED_STATES = ['RELEASED', 'REFUSED', 'ROLLED_BACK', 'ABANDONED'] as const;
export const ReleaseState = z.enum([...OPEN_STATES, ...CLOSED_STATES]);
export type ReleaseState = z.infer<typeof ReleaseState>;

/** What happened; `shifted`, `rolled-back` and `released` are written by the shifting workflow. */
const ReleaseStep = z.object({
  /** ISO 8601. */
  at: z.string(),
  what: z.string(),
  detail: z.string().optional(),
});
export type ReleaseStep = z.infer<typeof ReleaseStep>;

const ScenariosTried = z.enum(['all', 'some', 'none']);
export type ScenariosTried = z.infer<typeof ScenariosTried>;

/** The item `release#<releaseId>` of the TrafficWeights table. */
export const ReleaseRecord = z.object({
  releaseId: z.string(),
  /** That takes over traffic. */
  environment: EnvironmentSchema,
  /** Digest of the code that was deployed; absent until it was. */
  version: z.string().optional(),
  state: ReleaseState,
  startedAt: z.string(),
  endedAt: z.string().optional(),
  /** ARN of the newest execution of the shifting workflow. */
  execution: z.string().optional(),
  /** Why the version must not keep traffic, whatever the shifting workflow says: a probe failed. */
  takeBack: z.string().optional(),
  /** The version that all scenarios held for, or that a proof from another stage was shown for. */
  proved: z.string().optional(),
  /** Which scenarios that were. */
  scenarios: ScenariosTried.optional(),
  /** The process that carries out the release, and until when it has said that it lives. */
  runner: z.string().optional(),
  runnerUntil: z.string().optional(),
  steps: z.array(ReleaseStep),
});
export type ReleaseRecord = z.infer<typeof ReleaseRecord>;

export const isOpen = ({ state, takeBack }: Pick<ReleaseRecord, 'state' | 'takeBack'>): boolean =>
  OPEN_STATES.some((open) => open === state) || (state === 'RELEASED' && takeBack !== undefined);

/** The file that a release leaves behind, and that proves a version to a stage without simulator. */
export const ReleaseFile = z.object({
  stage: z.string(),
  /** False for a local stage. */
  deployed: z.boolean(),
  record: ReleaseRecord,
});
export type ReleaseFile = z.infer<typeof ReleaseFile>;
