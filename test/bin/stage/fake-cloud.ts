import type { Cloud, DeployedStack } from '../../../bin/stage/stacks.ts';
import { FakeStacks } from '../../expiry/fake-stacks.ts';

export const DAY_MS = 24 * 60 * 60 * 1000;
export const NOW = Date.UTC(2026, 4, 20);

/** A stack of a stage, `dev-alice/blue`. */
export function stack(path: string, more: Partial<DeployedStack> = {}): DeployedStack {
  const [stage = '', name = ''] = path.split('/');
  return {
    name: `remote-services-${stage}-${name}`,
    status: 'CREATE_COMPLETE',
    stage,
    createdAt: NOW - 5 * DAY_MS,
    deployedAt: NOW - 5 * DAY_MS,
    outputs: {},
    ...more,
  };
}

/** An account, in memory. */
export class FakeCloud implements Cloud {
  readonly fake: FakeStacks;
  readonly logs = new Set<string>();
  taggedArns: string[] = [];
  apis: Record<string, string[]> = {};
  lastRequest: Record<string, number> = {};
  readonly #stacks: readonly DeployedStack[];

  constructor(...stacks: readonly DeployedStack[]) {
    this.#stacks = stacks;
    this.fake = new FakeStacks(stacks.map(({ name }) => name));
  }

  readonly stacks = async () => this.#stacks.filter(({ name }) => this.fake.states.has(name));
  readonly describe = (name: string) => this.fake.describe(name);
  readonly deleteStack = (name: string) => this.fake.delete(name);
  readonly restApis = async (name: string) => this.apis[name] ?? [];
  readonly logGroups = async (prefix: string) => [...this.logs].filter((name) => name.startsWith(prefix));
  readonly deleteLogGroup = async (name: string) => {
    this.logs.delete(name);
  };
  readonly tagged = async () => this.taggedArns;
  readonly lastRequestAt = async (apiNames: readonly string[]) =>
    apiNames.map((name) => this.lastRequest[name]).find((at) => at !== undefined);
}
