import type { Json } from '../aws.ts';
import { withSignal } from './abort.ts';
import { parseMachine } from './definition.ts';
import { StatesError } from './errors.ts';
import { Field } from './field.ts';
import { compileFlow } from './flow.ts';
import { checkSize } from './payload.ts';

/** What `$states.context` tells about the execution and its machine. */
export interface ExecutionContext {
  readonly executionId: string;
  readonly executionName: string;
  /** ISO 8601 */
  readonly startTime: string;
  readonly stateMachineId: string;
  readonly stateMachineName: string;
}

/**
 * Does the work of a Task.
 * @param resource the Task's Resource ARN
 * @param args shared with the execution: read only
 * @throws AwsError or StatesError, which Retry and Catch match by name; anything else fails `execute`
 */
export type CallResource = (resource: string, args: Json, signal: AbortSignal) => Promise<Json>;

export type ExecutionResult =
  | { readonly status: 'SUCCEEDED'; readonly output: Json }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string }
  | { readonly status: 'TIMED_OUT' };

export interface StateMachine {
  /**
   * @param trace is told the name of every state that is entered
   * @param signal ends the execution, which rejects with its reason
   */
  execute(
    input: Json,
    context: ExecutionContext,
    call: CallResource,
    trace?: (stateName: string) => void,
    signal?: AbortSignal,
  ): Promise<ExecutionResult>;
}

/**
 * Compiles a definition in Amazon States Language with QueryLanguage JSONata, once for all executions.
 * @param definition its JSON text, with substitutions resolved
 * @throws Error naming state and field for anything not understood
 */
export function compileStateMachine(definition: string): StateMachine {
  const { TimeoutSeconds, QueryLanguage, ...flow } = parseMachine(parseJson(definition), new Field());
  const run = compileFlow(flow, new Field(), {
    queryLanguage: QueryLanguage,
    stateNames: new Set(),
    variables: new Set(),
  });
  const timedOut = new Error(`The execution took longer than ${TimeoutSeconds} seconds`);
  const deadline = TimeoutSeconds === undefined ? undefined : { seconds: TimeoutSeconds, reason: timedOut };

  return {
    async execute(input, context, call, trace, parent) {
      try {
        checkSize(input, 'The input of the execution');
        const output = await withSignal(
          parent,
          (signal) => run(input, {}, { context: contextObject(input, context), signal, call, trace }),
          deadline,
        );
        checkSize(output, 'The output of the execution');
        return { status: 'SUCCEEDED', output };
      } catch (error) {
        if (error === timedOut) return { status: 'TIMED_OUT' };
        if (!(error instanceof StatesError)) throw error;
        return { status: 'FAILED', error: error.name, cause: error.message };
      }
    },
  };
}

function parseJson(definition: string): unknown {
  const placeholder = /\$\{[A-Za-z_][\w.:-]*\}/.exec(definition)?.[0];
  if (placeholder !== undefined)
    throw new Error(`The definition still contains the placeholder ${placeholder}`);
  return JSON.parse(definition);
}

/** The Context Object, to which states add `State` and Map states `Map`. */
function contextObject(input: Json, context: ExecutionContext) {
  return {
    Execution: {
      Id: context.executionId,
      Input: input,
      Name: context.executionName,
      StartTime: context.startTime,
    },
    StateMachine: { Id: context.stateMachineId, Name: context.stateMachineName },
  };
}
