import type { EnvironmentName, ReleasePlan } from '../lib/stages.ts';
import type { ReleaseRecord } from './record.ts';

export type ShiftStep = ReleasePlan['steps'][number];

/** Input of the shifting workflow. */
export type ShiftingInput =
  | {
      readonly action: 'shift';
      readonly environment: EnvironmentName;
      /** Percent is the environment's share. */
      readonly steps: readonly ShiftStep[];
      readonly reason: string;
      readonly releaseId?: string;
    }
  | { readonly action: 'rollback'; readonly reason: string }
  | {
      readonly action: 'repair';
      /** ARN of an execution that has ended, whose hold is to be ended too. */
      readonly failed?: string;
    };

/** One run of the shifting workflow. */
export interface Execution {
  readonly arn: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** Of one that succeeded. */
  readonly outcome?: 'SHIFTED' | 'ROLLED_BACK' | 'REPAIRED';
  /** Why it went back, or the error of one that did not succeed. */
  readonly reason?: string;
}

/** The error of an execution that found another one moving traffic. */
export const BUSY = 'Busy';

/**
 * The name of a release's execution, by which AWS tells a repetition: whoever starts it again gets the same one.
 * @param attempt from 1; another one only after an execution that ended abnormally
 */
export const executionName = (releaseId: string, attempt: number): string => `${releaseId}-${attempt}`;

/** The last part of an execution's ARN. */
export const nameOf = (execution: string): string => execution.split(':').at(-1) ?? execution;

export const isAbnormal = ({ status }: Pick<Execution, 'status'>): boolean =>
  status !== 'RUNNING' && status !== 'SUCCEEDED';

/** The number of the newest execution; 0 if there is none. */
export function lastAttempt({
  releaseId,
  execution,
}: Pick<ReleaseRecord, 'releaseId' | 'execution'>): number {
  const name = nameOf(execution ?? '');
  return name.startsWith(`${releaseId}-`) ? Number(name.slice(releaseId.length + 1)) : 0;
}
