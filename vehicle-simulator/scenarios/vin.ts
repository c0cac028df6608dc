import { createHash } from 'node:crypto';
import type { Behaviour } from '../behaviour.ts';

/** Those of VINs: without I, O and Q. */
const CHARACTERS = 'ABCDEFGHJKLMNPRSTUVWXYZ0123456789';

/** The first ten characters of the VINs of vehicles that sleep alike: by these the mock of the broker knows them. */
export function vinPrefix(sleeps: Behaviour['sleeps']): string {
  if (sleeps === undefined) return 'WBAAWAKE00';
  const { wakesAfterSeconds } = sleeps;
  return `WBASLEEP${wakesAfterSeconds === null ? 'XX' : String(wakesAfterSeconds).padStart(2, '0')}`;
}

/**
 * The VIN of a case's vehicle. Seven characters are 33⁷ = 4 × 10¹⁰ numbers: 3,000 cases collide with a
 * probability of 1 in 10,000, and then always do.
 */
export function vinOf(caseId: string, sleeps: Behaviour['sleeps']): string {
  const hash = createHash('sha256').update(caseId).digest();
  let number = hash.readBigUInt64BE();
  let serial = '';
  while (serial.length < 7) {
    serial += CHARACTERS[Number(number % BigInt(CHARACTERS.length))];
    number /= BigInt(CHARACTERS.length);
  }
  return vinPrefix(sleeps) + serial;
}
