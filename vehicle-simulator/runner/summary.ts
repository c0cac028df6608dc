import type { Case } from '../scenarios/case.ts';
import type { Outcome } from './run-cases.ts';

/** How a number of cases went. */
export interface Tally {
  readonly cases: number;
  readonly held: number;
  readonly failed: number;
  readonly unfinished: number;
  /** Seconds from the request to the end: half of the cases were faster; undefined if none ended. */
  readonly median: number | undefined;
  readonly longest: number | undefined;
}

export function tally(outcomes: readonly Outcome[]): Tally {
  const times = outcomes
    .flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]))
    .sort((a, b) => a - b);
  const number = (result: Outcome['result']) =>
    outcomes.filter((outcome) => outcome.result === result).length;
  return {
    cases: outcomes.length,
    held: number('HELD'),
    failed: number('FAILED'),
    unfinished: number('UNFINISHED'),
    median: times[Math.floor(times.length / 2)],
    longest: times.at(-1),
  };
}

/** The scenario is the first part of a case's id. */
const scenarioOf = ({ id }: Case): string => id.split('/')[0] ?? id;

/** By scenario, in the order of the cases. */
export const byScenario = (outcomes: readonly Outcome[]): ReadonlyMap<string, Outcome[]> =>
  Map.groupBy(outcomes, (outcome) => scenarioOf(outcome.case));

export const inSeconds = (seconds: number | undefined): string =>
  seconds === undefined ? '–' : `${seconds.toFixed(1)} s`;

/** The statuses that polls showed, with when. */
export const wayOf = ({ seen }: Outcome): string =>
  seen
    .map(({ word, reason, seconds }) => `${[word, reason].filter(Boolean).join(' ')} (${inSeconds(seconds)})`)
    .join(' → ');

/** Failures that are printed; the report has all of them. */
const FAILURES = 20;

/** For a terminal: a table of the scenarios, and the first failures. */
export function summaryText(outcomes: readonly Outcome[]): string {
  const scenarios = byScenario(outcomes);
  const width = Math.max('SCENARIO'.length, ...[...scenarios.keys()].map((name) => name.length)) + 2;
  const row = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(12)).join('')}`;
  const cells = ({ cases, held, failed, unfinished, median, longest }: Tally) => [
    cases,
    held,
    failed,
    unfinished,
    inSeconds(median),
    inSeconds(longest),
  ];
  const failures = outcomes.filter(({ result }) => result === 'FAILED');
  const more = failures.length - FAILURES;
  return [
    row('SCENARIO', ['CASES', 'HELD', 'FAILED', 'UNFINISHED', 'MEDIAN', 'LONGEST']),
    ...[...scenarios].map(([name, of]) => row(name, cells(tally(of)))),
    ...(scenarios.size > 1 ? [row('all', cells(tally(outcomes)))] : []),
    ...failures.slice(0, FAILURES).map(failureText),
    ...(more > 0 ? ['', `… and ${more} more: see the report`] : []),
  ].join('\n');
}

function failureText(outcome: Outcome): string {
  const { vehicle } = outcome.case;
  const way = wayOf(outcome);
  return [
    '',
    `✗ ${outcome.case.id}`,
    `  ${vehicle.vin}, event ${outcome.eventId ?? 'none'}${way === '' ? '' : `: ${way}`}`,
    ...outcome.faults.map((fault) => `  ${fault}`),
  ].join('\n');
}
