import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from './call.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLI = fileURLToPath(new URL('../node_modules/aws-cdk/bin/cdk', import.meta.url));

/**
 * Runs the project's own CDK command-line tool, which writes to the terminal by itself.
 * @throws AppError if it fails
 */
export function cdk(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new AppError(`cdk ${args[0] ?? ''} ended with ${signal ?? code}; what is wrong stands above`));
    });
  });
}
