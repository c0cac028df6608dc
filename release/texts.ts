import type { ShiftProgress } from './follow-shift.ts';
import type { ReleaseRecord } from './record.ts';
import { splitText, type Traffic } from './traffic.ts';

/** What a terminal shows of releases and traffic. */

const clockTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** The story of a release, a line for each step. */
export function story({ releaseId, environment, version, state, steps, runner }: ReleaseRecord): string {
  return [
    `Release ${releaseId}: ${environment}, version ${version ?? 'not deployed'}, ${state}` +
      `${runner === undefined ? '' : ` (${runner} is at it)`}`,
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
  const head = ['RELEASE', 'TO', 'VERSION', 'STATE', 'STARTED', 'ENDED'];
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** How traffic is split by the table and by the door, in JSON and in words. */
export interface TrafficView {
  readonly table: Traffic;
  /** Percent that the door sends to blue. */
  readonly door: number;
  readonly agree: boolean;
  readonly release: ReleaseRecord | undefined;
}

export function trafficText({ table, door, agree, release }: TrafficView): string {
  const { blue, holder, rollback, changedAt } = table;
  return [
    `Table: ${splitText(blue)}${changedAt === '' ? '' : `, since ${clockTime(changedAt)}`}`,
    `Door:  ${splitText(door)}${agree ? '' : ' – they do not agree'}`,
    ...(agree || holder !== undefined
      ? []
      : ['       Set it again to what the table says: npm run traffic -- set blue '.concat(String(blue))]),
    holder === undefined ? 'Nobody moves traffic.' : `${nameOf(holder)} moves traffic.`,
    ...(rollback === undefined ? [] : [`It is to go back: ${rollback}`]),
    ...(release === undefined
      ? ['No release yet.']
      : [`Newest release: ${release.releaseId}, ${release.environment}, ${release.state}`]),
  ].join('\n');
}

/** The last part of an execution's ARN. */
export const nameOf = (execution: string): string => execution.split(':').at(-1) ?? execution;

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
