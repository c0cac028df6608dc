import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../bin/call.ts';
import { CONTROL_PATH } from '../local/control/control.ts';

const MAIN = fileURLToPath(new URL('../local/main.ts', import.meta.url));
/** A start takes some 6 s, and several times that on a busy machine. */
const START_LIMIT_MS = 120_000;
const LOOK_INTERVAL_MS = 100;

/** A local stage in a process of its own, with its data on disk: one that can be killed. */
export class StageProcess {
  readonly url: string;
  readonly #data = mkdtempSync(join(tmpdir(), 'game-day-'));
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @throws AppError if it does not get ready */
  static async start(): Promise<StageProcess> {
    const stage = new StageProcess(await freePort());
    try {
      await stage.startAgain();
    } catch (error) {
      await stage.end();
      throw error;
    }
    return stage;
  }

  /** From its data. @throws AppError if it does not get ready */
  async startAgain(): Promise<void> {
    const process_ = spawn(process.execPath, [MAIN, '--port', String(this.#port), '--data', this.#data], {
      // A group of its own: the engines' processes are killed with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = process_;
    let errors = '';
    process_.stderr?.on('data', (chunk) => {
      errors = `${errors}${chunk}`.slice(-2000);
    });
    const limit = performance.now() + START_LIMIT_MS;
    while (!(await this.#isReady())) {
      if (hasEnded(process_) || performance.now() > limit) {
        throw new AppError(`The stage does not start: ${errors.trim() || 'no reason given'}`);
      }
      await sleep(LOOK_INTERVAL_MS);
    }
  }

  /** As a power failure would: nothing is told that it ends. */
  async kill(): Promise<void> {
    const process_ = this.#process;
    if (process_?.pid === undefined || hasEnded(process_)) return;
    const ended = once(process_, 'exit');
    process.kill(-process_.pid, 'SIGKILL');
    await ended;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}${CONTROL_PATH}`, { signal: AbortSignal.timeout(5000) });
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  }
}

/** By itself, or by somebody's signal. */
const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** Free for the moment: the stage needs the same one each time that it starts. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
