import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder('unbundled-');

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
