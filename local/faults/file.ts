import { readFileSync } from 'node:fs';
import { type FaultSet, readFaults } from './fault.ts';

/** @throws Error in one line that names the file, and the place in it */
export function readFaultsFile(path: string): FaultSet {
  try {
    return readFaults(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
