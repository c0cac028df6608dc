import type { ReleaseRecord, ReleaseState, ReleaseStep, ScenariosTried } from './record.ts';
import type { Execution, ShiftingInput } from './shifting.ts';
import type { Traffic } from './traffic.ts';

/** Somebody else was faster: what the change relied on is not so any more. */
export class Conflict extends Error {}

/** What a release changes in the record, all at once. */
export interface RecordChange {
  readonly state?: ReleaseState;
  readonly version?: string;
  readonly proved?: string;
  readonly scenarios?: ScenariosTried;
  readonly execution?: string;
  readonly takeBack?: string;
  readonly endedAt?: string;
  readonly step?: ReleaseStep;
}

/** What must be so for a change; else it is a Conflict. */
interface RecordCondition {
  readonly states: readonly ReleaseState[];
  /** The process that carries out the release. */
  readonly runner?: string;
}

/** Release records. Each method is one conditional write or consistent read. */
export interface ReleaseRecords {
  get(releaseId: string): Promise<ReleaseRecord | undefined>;
  /** Id of the one opened last, whether there is a record or not. */
  newestId(): Promise<string | undefined>;
  /** The one opened last. */
  newest(): Promise<ReleaseRecord | undefined>;
  /** Newest first. */
  list(): Promise<ReleaseRecord[]>;
  /** May be repeated. @param after id of the newest one until now. @throws Conflict if another one was opened since */
  open(record: ReleaseRecord, after: string | undefined): Promise<void>;
  /** @throws Conflict */
  change(releaseId: string, change: RecordChange, condition: RecordCondition): Promise<void>;
  /**
   * Makes a process the one that carries out the release, or lets it go on being it.
   * @returns false if another one is
   */
  take(releaseId: string, runner: string, now: Date, until: Date): Promise<boolean>;
  /** Lets another process have it at once. */
  letGo(releaseId: string, runner: string): Promise<void>;
}

/** What moves traffic in a stage with a front door. */
export interface TrafficControl {
  /** What names the stage on the command line: see `StageAccess`. */
  readonly where: string;
  /** By the table. */
  traffic(): Promise<Traffic>;
  /** Percent that the door itself sends to blue. */
  door(): Promise<number>;
  /** Asks an execution to go back. @returns false if it does not move traffic: not yet, or not any more */
  wish(arn: string, reason: string): Promise<boolean>;
  /** Starts the shifting workflow; a name that was used already gives the execution of then. @returns its ARN */
  start(name: string, input: ShiftingInput): Promise<string>;
  /** ARN of an execution by its name, whether it exists or not. */
  executionArn(name: string): string;
  /** Undefined if there is none, or it was started within the last seconds. */
  execution(arn: string): Promise<Execution | undefined>;
}
