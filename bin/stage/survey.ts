import { type Expiry, expiry, lastUse } from '../../functions/expiry/expiry.ts';
import { stageConfig } from '../../lib/stages.ts';
import { inColumns } from '../columns.ts';
import { type Cloud, type DeployedStack, stacksOf } from './stacks.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A developer's stage as it is deployed. */
export interface StageSurvey {
  readonly name: string;
  /** `ready`, or what is the matter with which stack. */
  readonly state: string;
  /** In milliseconds since 1970, as the others. */
  readonly createdAt: number;
  /** Requests to its API, and deployments. */
  readonly lastUseAt: number;
  /** Undefined if it never expires. */
  readonly expiry: Expiry | undefined;
  readonly stacks: readonly DeployedStack[];
  /** Undefined if it is not whole. */
  readonly url: string | undefined;
}

/** The developers' stages of the account and region, by name. */
export async function surveys(cloud: Cloud, now: number): Promise<StageSurvey[]> {
  const all = await cloud.stacks();
  const names = [...new Set(all.flatMap(({ stage }) => (stage?.startsWith('dev-') ? [stage] : [])))];
  return Promise.all(names.sort().map((name) => survey(name, stacksOf(name, all), cloud, now)));
}

/** @param stacks at least one */
export async function survey(
  name: string,
  stacks: readonly DeployedStack[],
  cloud: Cloud,
  now: number,
): Promise<StageSurvey> {
  const { expiresAfterDays } = stageConfig(name);
  const output = (of: string) => stacks.find(({ outputs }) => outputs[of] !== undefined)?.outputs[of];
  const apiNames = output('ApiNames')?.split(',') ?? [];
  const use = {
    // One that never expires is looked at as far back as the others.
    lastRequestAt: await cloud.lastRequestAt(apiNames, expiresAfterDays ?? 14),
    lastDeployedAt: Math.max(...stacks.map(({ deployedAt }) => deployedAt)),
  };
  const url = output('ApiUrl');
  return {
    name,
    state: stateOf(stacks, url),
    createdAt: Math.min(...stacks.map(({ createdAt }) => createdAt)),
    lastUseAt: lastUse(use),
    expiry: expiresAfterDays === undefined ? undefined : expiry(use, expiresAfterDays, now),
    stacks,
    url,
  };
}

function stateOf(stacks: readonly DeployedStack[], url: string | undefined): string {
  const unusual = stacks.find(({ status }) => !/^(CREATE|UPDATE)_COMPLETE$/.test(status));
  if (unusual !== undefined) return `${unusual.name.replace(/^remote-services-/, '')}: ${unusual.status}`;
  return url === undefined ? 'incomplete' : 'ready';
}

/** Columns for a terminal. */
export function table(stages: readonly StageSurvey[], now: number): string {
  const rows = stages.map(({ name, state, createdAt, lastUseAt, expiry: end }) => [
    name,
    state,
    duration(now - createdAt),
    `${duration(now - lastUseAt)} ago`,
    expiryText(end, now),
  ]);
  return inColumns([['STAGE', 'STATE', 'AGE', 'LAST USE', 'EXPIRES'], ...rows]).join('\n');
}

export function expiryText(end: Expiry | undefined, now: number): string {
  if (end === undefined) return 'never';
  if (end.verdict === 'expire') return 'today';
  const text = `in ${duration(end.expiresAt.getTime() - now)}`;
  return end.verdict === 'warn' ? `${text}, unless it is used` : text;
}

/** The largest unit that there is one of: `3 d`, `5 h`, `12 min`. */
function duration(ms: number): string {
  if (ms >= DAY_MS) return `${Math.floor(ms / DAY_MS)} d`;
  if (ms >= HOUR_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.max(0, Math.floor(ms / MINUTE_MS))} min`;
}
