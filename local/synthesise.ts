import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StageOptions } from '../lib/stages.ts';

const run = promisify(execFile);
const SYNTH = fileURLToPath(new URL('synth.ts', import.meta.url));

/**
 * Synthesises a stage in a process of its own, so that changed code is read anew.
 * @throws Error with the first line that says what is wrong with the code or the template
 */
export async function synthesise(stage: string, outdir: string, options: StageOptions = {}): Promise<void> {
  try {
    await run(process.execPath, [SYNTH, stage, outdir, JSON.stringify(options)]);
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(`The stage does not synthesise: ${firstFault(output)}`, { cause: error });
  }
}

/** Node and esbuild print source excerpts and stacks around what matters: the error, and where it is. */
function firstFault(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const fault =
    lines.find((line) => /(^\w*Error\b|\[ERROR\])/.test(line)) ?? lines.find((line) => line !== '');
  const place = lines.find((line) => /^[\w./-]+\.\w+:\d+(:\d+)?:?$/.test(line));
  return [fault ?? 'unknown', ...(place === undefined ? [] : [`at ${place.replace(/:$/, '')}`])].join(' ');
}
