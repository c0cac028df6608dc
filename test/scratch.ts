import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for what files of tests share; it goes with the run, however its workers end. */
export default function scratch(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tests-'));
  process.env.TEST_SCRATCH = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** A new folder in it. */
export const scratchFolder = (prefix: string): string =>
  mkdtempSync(join(process.env.TEST_SCRATCH ?? tmpdir(), prefix));
