import { fileURLToPath } from 'node:url';
import { buildSync, stop } from 'esbuild';

let code: string | undefined;

/**
 * The runtime of `worker.ts` as one script. Each worker could run the TypeScript itself, but would bring its
 * own compiler for that: 12 MB and 20 ms of CPU more a worker.
 */
export function workerCode(): string {
  code ??= buildSync({
    entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    write: false,
  }).outputFiles[0]?.text;
  // Its process would outlive the one build that there is.
  void stop();
  if (code === undefined) throw new Error('esbuild made nothing of local/lambda/worker.ts');
  return code;
}
