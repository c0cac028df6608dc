import { AppError } from '../../bin/call.ts';
import type { Case } from '../scenarios/case.ts';

/**
 * The cases that a filter means: those with the text in their id, or, where it has a `*` for any text, those whose
 * whole id is like it.
 * @throws AppError if there are none
 */
export function select(cases: readonly Case[], filter: string | undefined): readonly Case[] {
  if (filter === undefined) return cases;
  const found = cases.filter(({ id }) => fits(id, filter));
  if (found.length === 0) {
    throw new AppError(
      `No case is like '${filter}'. Ids are <scenario>/<behaviour>/<status>/<generation>/<service>: ${cases[0]?.id}`,
    );
  }
  return found;
}

function fits(id: string, filter: string): boolean {
  if (!filter.includes('*')) return id.includes(filter);
  const parts = filter.split('*').map((part) => part.replaceAll(/[^\w/-]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(id);
}
