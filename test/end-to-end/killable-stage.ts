import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
const DIES_WITH_TEST = new URL('dies-with-test.ts', import.meta.url).href;

/** A local stage in a process of its own, as `npm start` runs it. */
export interface KillableStage {
  /** Ends when the stage says that it is ready, or was killed. Rejects if it ends by itself before. */
  readonly ready: Promise<void>;
  /** Kill −9 of all its processes at once. Ends when they have. */
  kill(): Promise<void>;
}

/** @param data folder of what it keeps */
export function launchStage(data: string, port: number): KillableStage {
  const child = spawn(
    process.execPath,
    ['--import', DIES_WITH_TEST, MAIN, '--port', String(port), '--data', data],
    // A process group of its own, so that a kill spares the test.
    { detached: true, stdio: 'pipe' },
  );
  const closed = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const errors: string[] = [];
  let killed = false;
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('Ready in')) ready.resolve();
  });
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  child.on('close', () => {
    closed.resolve();
    if (killed) ready.resolve();
    else ready.reject(new Error(`The stage ended by itself: ${errors.join('\n')}`));
  });
  // Who waits for it is told; nobody need wait.
  ready.promise.catch(() => undefined);
  return {
    ready: ready.promise,
    kill() {
      killed = true;
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        process.kill(-child.pid, 'SIGKILL');
      }
      return closed.promise;
    },
  };
}

/** A port that is free now, for all stages of a test: tokens name it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('It has no port');
  return address.port;
}
