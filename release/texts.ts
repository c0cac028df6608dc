import { inColumns } from '../bin/columns.ts';
import type { ShiftProgress } from './follow-shift.ts';
import { isOpen, type ReleaseRecord } from './record.ts';
import { type Execution, nameOf } from './shifting.ts';
import { splitText, type Traffic } from './traffic.ts';

/** What a terminal shows of releases and traffic. */

export const clockTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** The story of a release, a line for each step. */
export function story(record: ReleaseRecord, now = new Date()): string {
  const { releaseId, environment, version, state, steps, runner, runnerUntil = '', takeBack } = record;
  // A process that was killed has not let go.
  const isAtIt = isOpen(record) && runner !== undefined && Date.parse(runnerUntil) > now.getTime();
  return [
    `Release ${releaseId}: ${environment}, version ${version ?? 'not deployed'}, ${state}` +
      `${isAtIt ? ` (${runner} is at it)` : ''}`,
    ...(isOpen(record) && takeBack !== undefined ? [`It is to be taken back: ${takeBack}`] : []),
    ...steps.map(({ at, what, detail }) =>
      `  ${clockTime(at)}  ${what.padEnd(12)}${detail === undefined ? '' : `  ${detail}`}`.trimEnd(),
    ),
  ].join('\n');
}

/** Records as a table. */
export function releaseTable(records: readonly ReleaseRecord[]): string {
  if (records.length === 0) return 'No releases.';
  const rows = records.map(({ releaseId, environment, version, state, startedAt, endedAt }) => [
    releaseId,
    environment,
    version ?? '–',
    state,
    clockTime(startedAt),
    endedAt === undefined ? '' : clockTime(endedAt),
  ]);
  return inColumns([['RELEASE', 'TO', 'VERSION', 'STATE', 'STARTED', 'ENDED'], ...rows]).join('\n');
}

/** How traffic is split by the table and by the door, in JSON and in words. */
export interface TrafficView {
  readonly table: Traffic;
  /** Percent that the door sends to blue. */
  readonly door: number;
  readonly agree: boolean;
  /** What has become of the holder's execution; absent if nobody holds. */
  readonly holder?: Execution['status'] | 'UNKNOWN';
  readonly release: ReleaseRecord | undefined;
}

/** @param where names the stage on the command line */
export function trafficText({ table, door, agree, holder, release }: TrafficView, where: string): string {
  const { blue, rollback, changedAt } = table;
  const isMoved = holder === 'RUNNING';
  return [
    `Table: ${splitText(blue)}${changedAt === '' ? '' : `, since ${clockTime(changedAt)}`}`,
    `Door:  ${splitText(door)}${agree ? '' : ' – they do not agree'}`,
    holderText(table.holder, holder),
    ...(isMoved || (agree && holder === undefined)
      ? []
      : [`A repair follows by itself, mostly within seconds. By hand: npm run traffic -- repair${where}`]),
    ...(rollback === undefined ? [] : [`It is to go back: ${rollback}`]),
    ...(release === undefined
      ? ['No release yet.']
      : [`Newest release: ${release.releaseId}, ${release.environment}, ${release.state}`]),
  ].join('\n');
}

function holderText(arn: string | undefined, status: TrafficView['holder']): string {
  if (arn === undefined) return 'Nobody moves traffic.';
  if (status === 'RUNNING') return `${nameOf(arn)} moves traffic.`;
  return `${nameOf(arn)} holds, and nobody else can move traffic, but ${
    status === 'UNKNOWN' ? 'there is no such execution' : `it has ended as ${status}`
  }.`;
}

const WIDTH = 30;

/** One line of a shift that is under way. */
export function progressLine({
  environment,
  percent,
  step,
  steps,
  secondsLeft,
  probes: { held, failed, unsent },
}: ShiftProgress): string {
  const full = Math.round((percent / 100) * WIDTH);
  return [
    `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${environment} ${percent} %`,
    ...(step === undefined ? [] : [`step ${step} of ${steps}`]),
    ...(secondsLeft === undefined ? [] : [timeLeft(secondsLeft)]),
    `probes: ${held} held${failed > 0 ? `, ${failed} failed` : ''}${unsent > 0 ? `, ${unsent} do not count` : ''}`,
  ].join(' · ');
}

const timeLeft = (seconds: number): string =>
  seconds < 120 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
