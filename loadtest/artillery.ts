import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Profile } from './profiles.ts';

/** What the load generator, which runs within Artillery, must know: a file, that `LOADTEST_ORDERS` names. */
export const Orders = z.object({
  /** Base URL of the stage. */
  base: z.string(),
  /** A deployed one, at which users log in. */
  stage: z.string().optional(),
  user: z.string(),
  services: z.array(z.string()).min(1),
  /** The vehicles, which take turns. */
  vins: z.array(z.string()).min(1),
  polls: z.int().min(0),
  pollIntervalMs: z.int().positive(),
  /** Threads of Artillery, each of which has vehicles of its own. */
  workers: z.int().positive(),
  /** Where it tells what it does. */
  folder: z.string(),
});
export type Orders = z.infer<typeof Orders>;

/** In the folder. */
export const ORDERS_FILE = 'orders.json';
/** Names the file with the orders. */
export const ORDERS_VARIABLE = 'LOADTEST_ORDERS';
/** An access token from elsewhere; not in the file, for it is a secret. */
export const TOKEN_VARIABLE = 'LOADTEST_TOKEN';

/** In the folder: what a worker does, a `Tick` in a line. */
export const tellFile = (folder: string, worker: number | string): string =>
  join(folder, `generator-${worker}.jsonl`);
/** In the folder: the commands that a worker's requests became, `<eventId> <VIN>` in a line. */
export const commandsFile = (folder: string, worker: number | string): string =>
  join(folder, `commands-${worker}.txt`);
/** In the folder: when each phase began, by Artillery. */
export const PHASES_FILE = 'phases.jsonl';
/** In the folder: while it is there, nothing more is sent. */
export const STOP_FILE = 'stop';

const PROCESSOR = fileURLToPath(new URL('./generator.mts', import.meta.url));
const REPORTER = fileURLToPath(new URL('./phase-reporter.mts', import.meta.url));
const ARTILLERY = join(createRequire(import.meta.url).resolve('artillery/package.json'), '../bin/run');

/** Longest that it may take to end when told to. */
const END_LIMIT_MS = 10_000;

/**
 * Artillery's test script: it says when a phone wants something; what that is, the generator knows.
 *
 * A plateau is a ramp to where it began. For a phase without `rampTo` Artillery waits in a loop (the package
 * `nanotimer`, below 25 ms), which takes a whole core, however few arrive; in a ramp it waits by timers.
 */
export function testScript({ phases }: Pick<Profile, 'phases'>, base: string) {
  return {
    config: {
      target: base,
      processor: PROCESSOR,
      phases: phases.map(({ name, seconds, fromRate, toRate }) => ({
        name,
        duration: seconds,
        arrivalRate: fromRate,
        rampTo: toRate,
      })),
    },
    scenarios: [{ name: 'command', flow: [{ function: 'command' }] }],
  };
}

/** Artillery in a process of its own. */
export class Artillery {
  readonly #process: ChildProcess;
  #errors = '';
  /** Resolves when it has ended, to its exit code. */
  readonly ended: Promise<number | null>;

  /** @param token from elsewhere; by default, the user logs in */
  constructor(profile: Profile, orders: Orders, token: string | undefined) {
    const { folder } = orders;
    const script = join(folder, 'artillery-script.json');
    const ordersFile = join(folder, ORDERS_FILE);
    writeFileSync(script, JSON.stringify(testScript(profile, orders.base), null, 2));
    writeFileSync(ordersFile, JSON.stringify(orders));
    this.#process = spawn(
      process.execPath,
      [ARTILLERY, 'run', '--quiet', '--output', join(folder, 'artillery.json'), script],
      {
        // Not in the terminal's group: Ctrl-C is for us, who let requests under way come to their end.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          [ORDERS_VARIABLE]: ordersFile,
          ...(token === undefined ? {} : { [TOKEN_VARIABLE]: token }),
          ARTILLERY_DISABLE_TELEMETRY: 'true',
          CUSTOM_REPORTERS: REPORTER,
        },
      },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk) => {
        this.#errors = `${this.#errors}${chunk}`.slice(-4000);
      });
    }
    // Whoever breaks it off at once leaves no load behind.
    const kill = () => this.#process.kill('SIGKILL');
    process.once('exit', kill);
    this.ended = new Promise((resolve) => {
      this.#process.once('exit', (code) => {
        process.off('exit', kill);
        resolve(code);
      });
      this.#process.once('error', () => resolve(null));
    });
  }

  /** What it has said last. */
  get said(): string {
    return this.#errors.trim();
  }

  /** Whatever it does. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), END_LIMIT_MS);
    if (this.#process.pid !== undefined) await once(this.#process, 'exit');
    clearTimeout(timer);
  }
}

/** How many threads Artillery uses. */
export const workersHere = (): number => Math.max(1, cpus().length - 1);
