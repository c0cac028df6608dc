import type { JsonObject } from '../aws.ts';
import type { StateDefinition } from './definition.ts';
import type { Field } from './field.ts';

interface WayOut {
  readonly field: Field;
  readonly Next?: string | undefined;
  readonly Assign?: JsonObject | undefined;
}

/** How a state can be left: by itself, by a Choice Rule or by a Catcher. */
function waysOut(state: StateDefinition, field: Field): WayOut[] {
  const rules = state.Type === 'Choice' ? state.Choices : [];
  const catchers = 'Catch' in state ? state.Catch : [];
  return [
    { ...state, field },
    ...rules.map((rule, index) => ({ ...rule, field: field.at('Choices', index) })),
    ...catchers.map((catcher, index) => ({ ...catcher, field: field.at('Catch', index) })),
  ];
}

/** The names that a state assigns. */
export function variablesOf(state: StateDefinition, field: Field): string[] {
  return waysOut(state, field).flatMap(({ Assign = {} }) => Object.keys(Assign));
}

/**
 * Checks that a state leads on, only to its siblings, and assigns no variable of an outer flow.
 * Source: States Language, «Transitions» and «Variable Scope».
 * @throws Error naming the field
 */
export function checkWaysOut(
  state: StateDefinition,
  field: Field,
  siblings: { has(name: string): boolean },
  outerVariables: ReadonlySet<string>,
): void {
  if ('Catch' in state || state.Type === 'Pass' || state.Type === 'Wait') {
    const ends = state.End === true;
    if (ends !== (state.Next === undefined)) throw field.refusal('a state has either Next or "End": true');
  }
  const checkTarget = (target: string | undefined, at: Field) => {
    if (target !== undefined && !siblings.has(target)) throw at.refusal(`there is no state '${target}'`);
  };
  if (state.Type === 'Choice') checkTarget(state.Default, field.at('Default'));
  for (const { field: place, Next, Assign = {} } of waysOut(state, field)) {
    checkTarget(Next, place.at('Next'));
    const outer = Object.keys(Assign).find((name) => outerVariables.has(name));
    if (outer !== undefined) throw place.at('Assign', outer).refusal('an outer flow has this variable');
  }
}
