import type { Json } from '../aws.ts';

/**
 * Plain JSON of what JSONata answers: its arrays carry marks that change the next evaluation, and its
 * objects have no prototype.
 * @returns undefined for nothing
 * @throws Error for what JSON cannot express
 */
export function plain(value: unknown): Json | undefined {
  if (value === null || value === undefined) return value;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object' || '_jsonata_function' in value || '_jsonata_lambda' in value) {
    throw new Error(`the result contains ${typeof value === 'number' ? value : 'a function'}`);
  }
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const json = plain(member);
    if (json !== undefined) members.push([name, json]);
  }
  return Object.fromEntries(members);
}
