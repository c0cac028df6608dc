import { z } from 'zod';
import type { StateOf } from '../definition.ts';
import { StatesError } from '../errors.ts';
import type { Field } from '../field.ts';
import { compileValue } from '../template.ts';
import { type Run, scopeOf } from '../visit.ts';

export function compileFail({ Error: name = '', Cause = '' }: StateOf<'Fail'>, field: Field): Run {
  const evaluateName = compileValue(name, z.string(), field.at('Error'));
  const evaluateCause = compileValue(Cause, z.string(), field.at('Cause'));
  return async (visit) => {
    const scope = scopeOf(visit);
    throw new StatesError(await evaluateName(scope), await evaluateCause(scope));
  };
}
