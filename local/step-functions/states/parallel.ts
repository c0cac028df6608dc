import { withSignal } from '../abort.ts';
import type { StateOf } from '../definition.ts';
import { compileExit } from '../exit.ts';
import type { Field } from '../field.ts';
import type { CompileFlow } from '../flow.ts';
import { compileRecovery } from '../recovery.ts';
import { compileTemplate } from '../template.ts';
import { type Run, scopeOf } from '../visit.ts';

/** Runs every branch on the same input; the first error fails the state and aborts the other branches. */
export function compileParallel(
  definition: StateOf<'Parallel'>,
  field: Field,
  compileFlow: CompileFlow,
): Run {
  const { Arguments = '{% $states.input %}', Branches } = definition;
  const branches = Branches.map((branch, index) => compileFlow(branch, field.at('Branches', index)));
  const evaluate = compileTemplate(Arguments, field.at('Arguments'));
  const exit = compileExit(definition, field.seeing('result'));

  return compileRecovery(definition, field, async (visit) => {
    const { variables, surroundings } = visit;
    const input = await evaluate(scopeOf(visit));
    const result = await withSignal(surroundings.signal, (signal) =>
      Promise.all(branches.map((run) => run(input, variables, { ...surroundings, signal }))),
    );
    return exit(scopeOf(visit, { result }), result);
  });
}
