import type { StackState, Stacks } from '../../functions/expiry/take-down.ts';

/** Stacks that take some looks to go, one look after the other. */
export class FakeStacks implements Stacks {
  readonly deleted: string[] = [];
  readonly states: Map<string, StackState>;
  /** Those that cannot be deleted. */
  readonly stuck = new Set<string>();
  /** Looks that there is time for. */
  time = Number.POSITIVE_INFINITY;

  constructor(names: readonly string[], deployedAt = 0) {
    this.states = new Map(names.map((name) => [name, { status: 'UPDATE_COMPLETE', deployedAt }]));
  }

  set(name: string, status: string): void {
    this.states.set(name, { ...this.states.get(name), deployedAt: 0, status });
  }

  readonly describe = async (name: string): Promise<StackState | undefined> => this.states.get(name);

  readonly delete = async (name: string): Promise<void> => {
    this.deleted.push(name);
    if (/^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(this.states.get(name)?.status ?? '')) {
      throw new Error(`${name} is busy`);
    }
    this.set(name, 'DELETE_IN_PROGRESS');
  };

  readonly pause = async (): Promise<void> => {
    this.time -= 1;
    for (const [name, { status }] of this.states) {
      if (status === 'UPDATE_IN_PROGRESS') this.set(name, 'UPDATE_COMPLETE');
      if (status !== 'DELETE_IN_PROGRESS') continue;
      if (this.stuck.has(name)) this.set(name, 'DELETE_FAILED');
      else this.states.delete(name);
    }
  };

  readonly hasTime = (): boolean => this.time > 0;
}
