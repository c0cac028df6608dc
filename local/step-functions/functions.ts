import { createHash, randomUUID } from 'node:crypto';
import type { Json } from '../aws.ts';

/** As many items as States.ArrayRange may produce (States Language, Appendix B). */
const LONGEST_RANGE = 1000;

const HASHES = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

function partition(array: Json[], size: number): Json[][] {
  const step = Math.floor(size);
  if (step < 1) throw new Error('$partition needs a chunk size of at least 1');
  return Array.from({ length: Math.ceil(array.length / step) }, (_, chunk) =>
    array.slice(chunk * step, (chunk + 1) * step),
  );
}

/** From `start` to `end`, which is included if the steps meet it. */
function range(start: number, end: number, delta: number): number[] {
  if (delta === 0) throw new Error('$range needs a delta other than 0');
  const length = Math.max(0, Math.floor((end - start) / delta) + 1);
  if (length > LONGEST_RANGE) throw new Error(`$range makes at most ${LONGEST_RANGE} items, not ${length}`);
  return Array.from({ length }, (_, index) => start + index * delta);
}

export function hash(text: string, algorithm: string): string {
  const name = HASHES.get(algorithm);
  if (name === undefined) throw new Error(`$hash does not know the algorithm '${algorithm}'`);
  return createHash(name).update(text).digest('hex');
}

/** 0 ≤ n < 1; the same seed gives the same number (not AWS's number, whose generator is not published). */
function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  return createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}

/**
 * The functions that Step Functions adds to JSONata, each with its JSONata signature.
 * Source: AWS Developer Guide, «JSONata functions provided by Step Functions».
 */
export const STEP_FUNCTIONS = [
  { name: 'partition', run: partition, signature: '<an:a>' },
  { name: 'range', run: range, signature: '<nnn:a>' },
  { name: 'hash', run: hash, signature: '<ss:s>' },
  { name: 'random', run: random, signature: '<n?:n>' },
  { name: 'uuid', run: () => randomUUID(), signature: '<:s>' },
  { name: 'parse', run: (text: string): Json => JSON.parse(text), signature: '<s:x>' },
] as const;
