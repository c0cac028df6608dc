import type { Clock } from '../../release/clock.ts';
import { isOpen, type ReleaseRecord } from '../../release/record.ts';
import type { ReleaseParts } from '../../release/release-parts.ts';
import type { Execution, ShiftingInput } from '../../release/shifting.ts';
import { Conflict, type ReleaseRecords, type TrafficControl } from '../../release/stage.ts';
import { shareOf, type Traffic, UNMOVED } from '../../release/traffic.ts';

interface Running {
  execution: Execution;
  readonly input: ShiftingInput;
  readonly from: number;
  /** Of the shift's steps. */
  next: number;
  stands: number;
}

/**
 * A stage with a front door in memory: its conditional writes, and a shifting workflow that lives by the clock of the
 * test. Each pause of a second is one of the workflow too.
 */
export class FakeStage {
  readonly records: ReleaseRecords;
  readonly control: TrafficControl;
  readonly clock: Clock;
  traffic: Traffic = UNMOVED;
  /** Percent to blue. */
  door = 100;
  /** What executions were started with, in order. */
  readonly started: { name: string; input: ShiftingInput }[] = [];
  /** Is on while it is looked at. */
  alarm: string | undefined;
  /** Called with each pause, before time goes on. */
  onPause: () => void | Promise<void> = () => undefined;
  /** Whether the workflow writes into release records. */
  writesRecord = true;
  readonly #records = new Map<string, ReleaseRecord>();
  readonly #executions = new Map<string, Running>();
  #newest: string | undefined;
  #ms = Date.parse('2026-01-01T00:00:00Z');

  constructor() {
    const conflict = (holds: boolean) => {
      if (!holds) throw new Conflict('changed meanwhile');
    };
    const recordOf = (releaseId: string): ReleaseRecord => {
      const record = this.#records.get(releaseId);
      if (record === undefined) throw new Conflict('no such record');
      return record;
    };
    this.records = {
      get: async (releaseId) => structuredClone(this.#records.get(releaseId)),
      newestId: async () => this.#newest,
      newest: async () => structuredClone(this.#records.get(this.#newest ?? '')),
      list: async () => structuredClone([...this.#records.values()]),
      open: async (record, after) => {
        conflict(after === this.#newest);
        this.#newest = record.releaseId;
        this.#records.set(record.releaseId, structuredClone(record));
      },
      change: async (releaseId, { step, ...changes }, { states, runner }) => {
        const record = recordOf(releaseId);
        conflict(states.includes(record.state) && (runner === undefined || runner === record.runner));
        this.#records.set(releaseId, {
          ...record,
          ...changes,
          steps: [...record.steps, ...(step === undefined ? [] : [step])],
        });
      },
      take: async (releaseId, runner, now, until) => {
        const record = recordOf(releaseId);
        const free = record.runner === undefined || record.runner === runner;
        if (!free && (record.runnerUntil ?? '') >= now.toISOString()) return false;
        this.#records.set(releaseId, { ...record, runner, runnerUntil: until.toISOString() });
        return true;
      },
      letGo: async (releaseId, runner) => {
        const { runner: who, runnerUntil: _, ...rest } = recordOf(releaseId);
        if (who === runner) this.#records.set(releaseId, rest);
      },
    };
    this.control = {
      where: ' --stage int',
      traffic: async () => structuredClone(this.traffic),
      door: async () => this.door,
      wish: async (arn, rollback) => {
        if (this.traffic.holder !== arn) return false;
        this.traffic = { ...this.traffic, rollback };
        return true;
      },
      start: async (name, input) => {
        const arn = `execution:${name}`;
        if (!this.#executions.has(arn)) this.#start(name, arn, input);
        return arn;
      },
      executionArn: (name) => `execution:${name}`,
      execution: async (arn) => structuredClone(this.#executions.get(arn)?.execution),
    };
    this.clock = {
      now: () => new Date(this.#ms),
      pause: async (milliseconds) => {
        await this.onPause();
        for (let second = 0; second < milliseconds / 1000; second += 1) {
          this.#ms += 1000;
          for (const running of this.#executions.values()) this.#advance(running);
        }
      },
    };
  }

  get record(): ReleaseRecord {
    const record = this.#records.get(this.#newest ?? '');
    if (record === undefined) throw new Error('No release');
    return record;
  }

  share(environment: 'blue' | 'green'): number {
    return shareOf(environment, this.traffic.blue);
  }

  /** As somebody does who stops an execution by hand; the repair follows. */
  abort(): void {
    const { holder } = this.traffic;
    const running = this.#executions.get(holder ?? '');
    if (running === undefined) throw new Error('Nobody moves traffic');
    running.execution = { arn: running.execution.arn, status: 'ABORTED', reason: 'by hand' };
    this.#release();
  }

  #start(name: string, arn: string, input: ShiftingInput): void {
    this.started.push({ name, input });
    const running: Running = {
      execution: { arn, status: 'RUNNING' },
      input,
      from: input.action === 'rollback' ? this.traffic.previous : this.traffic.blue,
      next: 0,
      stands: 0,
    };
    this.#executions.set(arn, running);
    if (input.action === 'repair') {
      if (this.traffic.holder === input.failed) this.#release();
      this.door = this.traffic.blue;
      this.#end(running, 'REPAIRED', '');
    } else if (this.traffic.holder !== undefined) {
      running.execution = { arn, status: 'FAILED', reason: 'Busy: Another execution moves traffic' };
    } else {
      const previous = input.action === 'shift' ? this.traffic.blue : this.traffic.previous;
      this.traffic = { ...this.traffic, holder: arn, previous };
    }
  }

  /** One second of its life. */
  #advance(running: Running): void {
    if (running.execution.status !== 'RUNNING') return;
    const { input } = running;
    const why = this.traffic.rollback ?? (this.#isWatched(input) ? this.alarm : undefined);
    if (input.action === 'rollback' || why !== undefined) {
      const reason = why ?? (input.action === 'rollback' ? input.reason : '');
      this.#weigh(running.from);
      this.#note(input, 'ROLLED_BACK', 'rolled-back', reason);
      this.#release();
      this.#end(running, 'ROLLED_BACK', reason);
      return;
    }
    if (input.action !== 'shift') return;
    running.stands -= 1;
    if (running.stands > 0) return;
    const step = input.steps[running.next];
    if (step === undefined) {
      this.#note(input, 'RELEASED', 'released', 'all');
      this.#release();
      this.#end(running, 'SHIFTED', input.reason);
      return;
    }
    running.next += 1;
    running.stands = step.seconds;
    this.#weigh(input.environment === 'blue' ? step.percent : 100 - step.percent);
    this.#note(input, 'SHIFTING', 'shifted', `${step.percent} %`);
  }

  #isWatched(input: ShiftingInput): boolean {
    return input.action === 'shift' && input.steps.some(({ seconds }) => seconds > 0);
  }

  #weigh(blue: number): void {
    const version = this.traffic.version + 1;
    this.traffic = {
      ...this.traffic,
      blue,
      version,
      applied: version,
      changedAt: this.clock.now().toISOString(),
    };
    this.door = blue;
  }

  #release(): void {
    const { holder: _, rollback: __, ...rest } = this.traffic;
    this.traffic = rest;
  }

  #end(running: Running, outcome: 'SHIFTED' | 'ROLLED_BACK' | 'REPAIRED', reason: string): void {
    running.execution = { arn: running.execution.arn, status: 'SUCCEEDED', outcome, reason };
  }

  #note(input: ShiftingInput, state: ReleaseRecord['state'], what: string, detail: string): void {
    if (!this.writesRecord || input.action !== 'shift' || input.releaseId === undefined) return;
    const record = this.#records.get(input.releaseId);
    if (record === undefined) return;
    const at = this.clock.now().toISOString();
    this.#records.set(input.releaseId, {
      ...record,
      state,
      ...(isOpen({ state }) ? {} : { endedAt: at }),
      steps: [...record.steps, { at, what, detail }],
    });
  }
}

export const STEPS = [
  { percent: 10, seconds: 10 },
  { percent: 50, seconds: 10 },
  { percent: 100, seconds: 10 },
];

/** A release on a stage that all goes well with; `did` is what was deployed and proved. */
export function releaseOf(stage: FakeStage, changes: Partial<ReleaseParts> = {}) {
  const did: string[] = [];
  const told: string[] = [];
  const parts: ReleaseParts = {
    records: stage.records,
    traffic: stage.control,
    deploy: async (environment) => {
      did.push(`deploy ${environment}`);
      return 'v1';
    },
    prove: async (environment, version) => {
      did.push(`prove ${version} at ${environment}`);
      return { detail: '3 of 3 cases held', failures: [] };
    },
    settleSeconds: 0,
    scenarios: 'all',
    probe: async () => ({ result: 'held' }),
    steps: STEPS,
    runner: 'alice',
    clock: stage.clock,
    tell: (line) => told.push(line),
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
  return { parts, did, told };
}
