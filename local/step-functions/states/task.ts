import { z } from 'zod';
import { abortable, withSignal } from '../abort.ts';
import type { StateOf } from '../definition.ts';
import { StatesError } from '../errors.ts';
import { compileExit } from '../exit.ts';
import type { Field } from '../field.ts';
import { findIntegration } from '../integrations.ts';
import { checkSize } from '../payload.ts';
import { compileRecovery } from '../recovery.ts';
import { compileTemplate, compileValue } from '../template.ts';
import { type Run, scopeOf } from '../visit.ts';

export function compileTask(definition: StateOf<'Task'>, field: Field): Run {
  const { Resource, Arguments = '{% $states.input %}', TimeoutSeconds } = definition;
  if (findIntegration(Resource) === undefined) {
    throw field.at('Resource').refusal(`no request/response integration is supported for ${Resource}`);
  }
  const evaluateArguments = compileTemplate(Arguments, field.at('Arguments'));
  const evaluateTimeout =
    TimeoutSeconds === undefined
      ? undefined
      : compileValue(TimeoutSeconds, z.int().positive(), field.at('TimeoutSeconds'));
  const exit = compileExit(definition, field.seeing('result'));

  return compileRecovery(definition, field, async (visit) => {
    const { state, surroundings } = visit;
    const scope = scopeOf(visit);
    const args = await evaluateArguments(scope);
    checkSize(args, `The input of the task '${state}'`);
    const seconds = evaluateTimeout && (await evaluateTimeout(scope));

    const call = (signal: AbortSignal) => abortable(() => surroundings.call(Resource, args, signal), signal);
    const result = await (seconds === undefined
      ? call(surroundings.signal)
      : withSignal(surroundings.signal, call, {
          seconds,
          reason: new StatesError(
            'States.Timeout',
            `The task '${state}' took longer than ${seconds} seconds.`,
          ),
        }));
    checkSize(result, `The result of the task '${state}'`);
    return exit(scopeOf(visit, { result }), result);
  });
}
