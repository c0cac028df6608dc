import { z } from 'zod';
import type { StateOf } from '../definition.ts';
import { StatesError } from '../errors.ts';
import { compileExit } from '../exit.ts';
import type { Field } from '../field.ts';
import { compileValue } from '../template.ts';
import { type Run, scopeOf } from '../visit.ts';

/** The first rule that holds leads on, by its own `Output` and `Assign`; those of the state belong to `Default`. */
export function compileChoice({ Choices, Default, ...definition }: StateOf<'Choice'>, field: Field): Run {
  const rules = Choices.map((rule, index) => {
    const place = field.at('Choices', index);
    return {
      holds: compileValue(rule.Condition, z.boolean(), place.at('Condition')),
      exit: compileExit(rule, place),
    };
  });
  const otherwise = compileExit({ ...definition, Next: Default }, field);

  return async (visit) => {
    const scope = scopeOf(visit);
    for (const { holds, exit } of rules) {
      if (await holds(scope)) return exit(scope, visit.input);
    }
    if (Default !== undefined) return otherwise(scope, visit.input);
    // The name in the States Language, Appendix A; AWS's Developer Guide speaks of States.Runtime here.
    throw new StatesError('States.NoChoiceMatched', `No rule of the state '${visit.state}' holds.`);
  };
}
