import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case } from '../scenarios/case.ts';
import { htmlReport } from './html-report.ts';
import { junitReport } from './junit-report.ts';
import { ProgressBar } from './progress-bar.ts';
import { type Outcome, runCases } from './run-cases.ts';
import type { StageUnderTest } from './stage-under-test.ts';
import { inSeconds, summaryText } from './summary.ts';

/** Two cores run some 25 commands a second with all that follows them. */
export const DEFAULT_RATE = 20;
/** A command takes one second to three: so more at the rate mean that the stage is behind. */
export const DEFAULT_CONCURRENCY = 60;
/** A stage that was busy has stored and told everything by then. */
const PATIENCE_SECONDS = 30;

export interface RunAndReportOptions {
  readonly rate: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Folder of the reports. */
  readonly out: string;
  /** URL or name, for the reports. */
  readonly stage: string;
  readonly environment: string | undefined;
  readonly filter: string | undefined;
}

/** Runs cases with a progress bar, writes `scenarios.html` and `junit.xml`, and prints a summary. */
export async function runAndReport(
  cases: readonly Case[],
  access: StageUnderTest,
  { rate, concurrency, signal, out, ...what }: RunAndReportOptions,
): Promise<Outcome[]> {
  const startedAt = new Date();
  const started = performance.now();
  const bar = new ProgressBar(process.stdout);
  const outcomes = await runCases(cases, access, {
    rate,
    concurrency,
    patienceSeconds: PATIENCE_SECONDS,
    signal,
    onProgress: (progress) => bar.show(progress),
  });
  bar.done();
  const seconds = (performance.now() - started) / 1000;

  await mkdir(out, { recursive: true });
  const files = { html: join(out, 'scenarios.html'), junit: join(out, 'junit.xml') };
  await writeFile(files.html, htmlReport(outcomes, { ...what, startedAt, seconds }));
  await writeFile(files.junit, junitReport(outcomes));

  const held = outcomes.filter(({ result }) => result === 'HELD').length;
  console.log(summaryText(outcomes));
  console.log(`\n${held} of ${cases.length} held, in ${inSeconds(seconds)}: ${files.html}, ${files.junit}`);
  return outcomes;
}
