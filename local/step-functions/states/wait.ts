import { z } from 'zod';
import { sleep } from '../abort.ts';
import type { StateOf } from '../definition.ts';
import { compileExit } from '../exit.ts';
import type { Field } from '../field.ts';
import type { Scope } from '../jsonata.ts';
import { compileValue } from '../template.ts';
import { type Run, scopeOf } from '../visit.ts';

export function compileWait(definition: StateOf<'Wait'>, field: Field): Run {
  const milliseconds = compileDelay(definition, field);
  const exit = compileExit(definition, field);
  return async (visit) => {
    const scope = scopeOf(visit);
    await sleep(await milliseconds(scope), visit.surroundings.signal);
    return exit(scope, visit.input);
  };
}

function compileDelay(
  { Seconds, Timestamp }: StateOf<'Wait'>,
  field: Field,
): (scope: Scope) => Promise<number> {
  if (Seconds !== undefined && Timestamp === undefined) {
    const evaluate = compileValue(Seconds, z.int().nonnegative(), field.at('Seconds'));
    return async (scope) => (await evaluate(scope)) * 1000;
  }
  if (Timestamp !== undefined && Seconds === undefined) {
    const evaluate = compileValue(Timestamp, z.iso.datetime({ offset: true }), field.at('Timestamp'));
    return async (scope) => Math.max(0, Date.parse(await evaluate(scope)) - Date.now());
  }
  throw field.at('Seconds').refusal('a Wait state has either Seconds or Timestamp');
}
