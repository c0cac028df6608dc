import { inColumns } from '../bin/columns.ts';
import type { Audit } from './audit.ts';
import type { Command, Ledger, Phase } from './ledger.ts';
import type { Played } from './play.ts';

/** How a game day went; what the file of results holds. */
export interface Report {
  readonly series: string;
  readonly seed: number;
  /** Commands a second. */
  readonly rate: number;
  /** ISO 8601. */
  readonly from: string;
  readonly until: string;
  readonly steps: readonly StepReport[];
  readonly commands: {
    readonly accepted: number;
    /** By the end that the app saw: `EXECUTED`, or the reason of an error. */
    readonly ends: Readonly<Record<string, number>>;
    /** Requests without a 202. */
    readonly notAccepted: number;
    /** Commands that could not be asked for: every vehicle was busy. */
    readonly notSent: number;
    /** Carried out, though the app had no 202. */
    readonly unanswered: number;
  };
  readonly deadLetters: Audit['deadLetters'];
  readonly redriven: number;
  readonly lost: readonly string[];
  readonly stuck: readonly string[];
  readonly doubled: readonly string[];
  readonly others: readonly string[];
  /** Nothing is lost, stuck or doubled, nothing is left, and every step was recovered from. */
  readonly passed: boolean;
}

interface StepReport {
  readonly name: string;
  readonly hits: number;
  readonly commands: number;
  /** What the client saw while things went wrong, from 0 to 1. */
  readonly availability: number;
  /** Answers that were not the ones hoped for, by status; 0 stands for none at all. */
  readonly failures: Readonly<Record<string, number>>;
  /** Until the first second whose commands were all EXECUTED; null if there was none. */
  readonly secondsToRecover: number | null;
}

export interface GameDay {
  readonly series: string;
  readonly seed: number;
  readonly rate: number;
  readonly from: Date;
  readonly played: readonly Played[];
  readonly ledger: Ledger;
  readonly audit: Audit;
}

export function report({ series, seed, rate, from, played, ledger, audit }: GameDay): Report {
  const { unanswered, deadLetters, redriven, lost, stuck, doubled, others } = audit;
  const steps = played.map(stepReport);
  const attempts = played.flatMap(({ during, after }) => [...during.attempts, ...after.attempts]);
  return {
    series,
    seed,
    rate,
    from: from.toISOString(),
    until: new Date().toISOString(),
    steps,
    commands: {
      accepted: ledger.commands.length,
      ends: endsOf(ledger.commands),
      notAccepted: attempts.filter(({ command }) => command === undefined).length,
      notSent: ledger.notSent,
      unanswered,
    },
    deadLetters,
    redriven,
    lost,
    stuck,
    doubled,
    others,
    passed:
      [lost, stuck, doubled, others].every((lines) => lines.length === 0) &&
      steps.every(({ secondsToRecover }) => secondsToRecover !== null),
  };
}

const stepReport = ({ step, during, after, hits }: Played): StepReport => ({
  name: step.name,
  hits,
  commands: during.attempts.length,
  availability: during.availability,
  failures: failuresOf(during),
  secondsToRecover: after.secondsToRecover ?? null,
});

const failuresOf = ({ failures }: Phase): Record<string, number> => Object.fromEntries(failures);

const endsOf = (commands: readonly Command[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(commands, ({ end }) => end?.reason ?? end?.word ?? 'none')].map(([end, all]) => [
      end,
      all.length,
    ]),
  );

/** Lines of each kind that a terminal shows; the file has all of them. */
const SHOWN = 5;

/** As a table of the steps, and what is to be said of the whole. */
export function table(result: Report): string {
  const rows = result.steps.map(({ name, hits, commands, availability, secondsToRecover }) => [
    name,
    String(hits),
    String(commands),
    `${(availability * 100).toFixed(1)} %`,
    secondsToRecover === null ? 'never' : `after ${secondsToRecover} s`,
  ]);
  const lines = inColumns([['STEP', 'FAULTS', 'COMMANDS', 'AVAILABLE', 'RECOVERED'], ...rows]);
  const { accepted, ends, notAccepted, notSent, unanswered } = result.commands;
  const list = (numbers: Readonly<Record<string, number>>) =>
    Object.entries(numbers)
      .map(([name, number]) => `${number} ${name}`)
      .join(', ');
  return [
    ...lines,
    '',
    `${accepted} commands accepted: ${list(ends)}`,
    `${notAccepted} not accepted${notSent > 0 ? `, ${notSent} not sent for want of vehicles` : ''}${unanswered > 0 ? `, ${unanswered} carried out without an answer to the app` : ''}`,
    Object.keys(result.deadLetters).length === 0
      ? 'no dead letters'
      : `dead letters: ${list(result.deadLetters)}; ${result.redriven} redriven`,
    ...(['lost', 'stuck', 'doubled', 'others'] as const).flatMap((kind) => {
      const found = result[kind];
      return [
        `${found.length} ${kind === 'others' ? 'other faults' : kind}`,
        ...found.slice(0, SHOWN).map((line) => `  ${line}`),
      ];
    }),
    result.passed ? 'PASSED' : 'FAILED',
  ].join('\n');
}
