import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Outcome {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command-line tool of the folder `bin`, with no other environment than the given one. */
export function run(tool: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const path = fileURLToPath(new URL(`../../bin/${tool}`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { env, maxBuffer: 1e7 }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}
