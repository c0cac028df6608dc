import type { Json, JsonObject } from '../aws.ts';
import type { Field } from './field.ts';
import type { Scope } from './jsonata.ts';
import { compileObject, compileTemplate } from './template.ts';
import type { Transition } from './visit.ts';

/** Leaves a state; `output` stands where the definition has no `Output`. */
export type Exit = (scope: Scope, output: Json) => Promise<Transition>;

interface ExitDefinition {
  readonly Output?: Json | undefined;
  readonly Assign?: JsonObject | undefined;
  readonly Next?: string | undefined;
}

/** Compiles the way out of a state, a Choice Rule or a Catcher: `Output`, `Assign` and `Next`. */
export function compileExit({ Output, Assign, Next }: ExitDefinition, field: Field): Exit {
  const evaluate = Output === undefined ? undefined : compileTemplate(Output, field.at('Output'));
  const assign = Assign && compileObject(Assign, field.at('Assign'));
  return async (scope, output) => ({
    output: evaluate ? await evaluate(scope) : output,
    assigned: assign && (await assign(scope)),
    next: Next,
  });
}
