import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { AppError } from '../bin/call.ts';
import { MeterReading } from '../local/metering/meter-reading.ts';

const LOADTEST = fileURLToPath(new URL('../bin/loadtest.ts', import.meta.url));
const METER_FILE = 'meter.json';

/** What to do for a reading. */
const HOW = 'npm run loadtest -- talk-short makes one (loadtest-results/…/meter.json)';

/** @throws AppError if the file is not there, or no reading */
export function readingOf(file: string): MeterReading {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new AppError(`There is no file ${file}. ${HOW}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new AppError(`${file} is not JSON. ${HOW}`);
  }
  const reading = MeterReading.safeParse(json);
  if (reading.success) return reading.data;
  const [issue] = reading.error.issues;
  throw new AppError(`${file} is no reading of a meter: ${issue?.path.join('.')}: ${issue?.message}. ${HOW}`);
}

/** The reading of the newest load test in a folder of results, if there is any. */
export function newestReading(results: string): string | undefined {
  if (!existsSync(results)) return undefined;
  return readdirSync(results)
    .map((name) => join(results, name, METER_FILE))
    .filter((file) => existsSync(file))
    .map((file) => ({ file, at: statSync(file).mtimeMs }))
    .sort((a, b) => b.at - a.at)[0]?.file;
}

/**
 * Runs the shortest load test, which starts a local stage if none runs.
 * @returns its reading
 * @throws AppError if there is none
 */
export async function meterSmokeTest(results: string): Promise<string> {
  const loadTest = spawn(process.execPath, [LOADTEST, 'smoke', '--results', results], {
    // What it prints is beside the point, and the estimate may be JSON for another program.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  await once(loadTest, 'exit');
  const reading = newestReading(results);
  if (reading === undefined) throw new AppError(`The load test left no reading in ${results}. ${HOW}`);
  return reading;
}

const Verdict = z.object({ passed: z.boolean() });

/** Whether a reading is that of a load test that failed: what it met is not what a stage should cost. */
export function isOfFailedTest(reading: string): boolean {
  const result = join(dirname(reading), 'result.json');
  if (!existsSync(result)) return false;
  const verdict = Verdict.safeParse(JSON.parse(readFileSync(result, 'utf8')));
  return verdict.success && !verdict.data.passed;
}

/** Where the chart belongs: beside the reading. */
export const besideReading = (reading: string): string => join(dirname(reading), 'cost.html');
