import type { Json } from '../../../local/aws.ts';
import {
  type CallResource,
  compileStateMachine,
  type ExecutionContext,
  type ExecutionResult,
  type StateMachine,
} from '../../../local/step-functions/interpreter.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';

export const CONTEXT: ExecutionContext = {
  executionId: 'arn:aws:states:eu-central-1:123456789012:express:routing:e-1',
  executionName: 'e-1',
  startTime: '2026-01-01T12:00:00.000Z',
  stateMachineId: 'arn:aws:states:eu-central-1:123456789012:stateMachine:routing',
  stateMachineName: 'routing',
};

/** A piece of a definition: what JSON.stringify takes, members that are undefined left out. */
export type Definition = Record<string, unknown>;

/** A state that ends its flow unless it names the next one. */
function passing(type: string, fields: Definition): Definition {
  return { Type: type, ...('Next' in fields ? {} : { End: true }), ...fields };
}

export const pass = (fields: Definition = {}) => passing('Pass', fields);
export const task = (fields: Definition = {}) => passing('Task', { Resource: LAMBDA, ...fields });
export const wait = (fields: Definition) => passing('Wait', fields);
export const parallel = (branches: Definition[], fields: Definition = {}) =>
  passing('Parallel', { Branches: branches, ...fields });
export const map = (processor: Definition, fields: Definition = {}) =>
  passing('Map', { ItemProcessor: processor, ...fields });

/** A flow that starts at the first of its states. */
export function flow(states: Definition, fields: Definition = {}): Definition {
  return { StartAt: Object.keys(states)[0] ?? '', States: states, ...fields };
}

export function compile(states: Definition, fields: Definition = {}): StateMachine {
  return compileStateMachine(JSON.stringify({ QueryLanguage: 'JSONata', ...flow(states), ...fields }));
}

const noCall: CallResource = async (resource) => {
  throw new Error(`unexpected call of ${resource}`);
};

export function execute(
  states: Definition,
  input: Json = {},
  call: CallResource = noCall,
  trace?: (state: string) => void,
): Promise<ExecutionResult> {
  return compile(states).execute(input, CONTEXT, call, trace);
}

/** The output of an execution that must succeed. */
export async function output(
  states: Definition,
  input: Json = {},
  call: CallResource = noCall,
): Promise<Json> {
  const result = await execute(states, input, call);
  if (result.status === 'SUCCEEDED') return result.output;
  throw new Error(`the execution ended as ${JSON.stringify(result)}`);
}

/** What an expression evaluates to, in the Output of a Pass state. */
export const evaluate = (expression: string, input: Json = {}) =>
  output({ Only: pass({ Output: `{% ${expression} %}` }) }, input);
