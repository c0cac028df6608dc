import type { StateOf } from '../definition.ts';
import { compileExit } from '../exit.ts';
import type { Field } from '../field.ts';
import { type Run, scopeOf } from '../visit.ts';

/** Pass hands its input on; Succeed does the same and ends its flow. */
export function compilePass(definition: StateOf<'Pass' | 'Succeed'>, field: Field): Run {
  const exit = compileExit(definition, field);
  return async (visit) => exit(scopeOf(visit), visit.input);
}
