import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'unbundled-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A stand-in for a bundle: its text is the path of the handler, which tells functions apart in templates. */
function labelled(entry: string): string {
  const bundle = join(folder, entry.replaceAll('/', '-'));
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'index.mjs'), entry);
  return bundle;
}

vi.doMock('../../lib/bundle.ts', () => ({ bundle: labelled }));

/** The stacks of a stage, without the seconds that bundling takes. */
export const { remoteVehicleServices } = await import('../../lib/remote-vehicle-services.ts');
