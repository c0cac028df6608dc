import type { Json, JsonObject } from '../aws.ts';
import { checkWaysOut, variablesOf } from './checks.ts';
import { type FlowDefinition, parseState, type StateDefinition } from './definition.ts';
import { Field } from './field.ts';
import { compileChoice } from './states/choice.ts';
import { compileFail } from './states/fail.ts';
import { compileMap } from './states/map.ts';
import { compileParallel } from './states/parallel.ts';
import { compilePass } from './states/pass.ts';
import { compileTask } from './states/task.ts';
import { compileWait } from './states/wait.ts';
import type { Run, Surroundings } from './visit.ts';

/** Runs a flow to its output. @throws StatesError, or the reason of the signal when that aborts */
type RunFlow = (input: Json, variables: JsonObject, surroundings: Surroundings) => Promise<Json>;

export type CompileFlow = (definition: FlowDefinition, field: Field) => RunFlow;

/** What a flow must know of the machine around it. */
interface Enclosing {
  readonly queryLanguage: 'JSONata' | 'JSONPath';
  /** Names are unique in the whole machine, so every flow adds its own. */
  readonly stateNames: Set<string>;
  /** Variables of outer flows: inner flows read them but cannot assign them. */
  readonly variables: ReadonlySet<string>;
}

interface State {
  readonly name: string;
  readonly run: Run;
}

/**
 * Compiles a `States` map: that of the machine, of a Parallel's branch or of a Map's iteration.
 * @throws Error naming state and field
 */
export function compileFlow(
  { StartAt, States }: FlowDefinition,
  field: Field,
  enclosing: Enclosing,
): RunFlow {
  const definitions = new Map<string, StateDefinition>();
  for (const [name, state] of Object.entries(States)) {
    const place = new Field(name);
    if (enclosing.stateNames.has(name)) throw place.refusal('another state has the same name');
    enclosing.stateNames.add(name);
    if ((state.QueryLanguage ?? enclosing.queryLanguage) !== 'JSONata') {
      throw place.at('QueryLanguage').refusal('JSONPath is not supported, only JSONata');
    }
    definitions.set(name, parseState(state, place));
  }
  if (!definitions.has(StartAt)) throw field.at('StartAt').refusal(`there is no state '${StartAt}'`);

  const ownVariables = [...definitions].flatMap(([name, state]) => variablesOf(state, new Field(name)));
  const inner = { ...enclosing, variables: new Set([...enclosing.variables, ...ownVariables]) };
  const states = new Map<string, State>();
  for (const [name, definition] of definitions) {
    const place = new Field(name);
    checkWaysOut(definition, place, definitions, enclosing.variables);
    const run = compileState(definition, place, (flow, at) => compileFlow(flow, at, inner));
    states.set(name, { name, run });
  }
  return (input, variables, surroundings) => runFlow(states, StartAt, input, variables, surroundings);
}

function compileState(definition: StateDefinition, field: Field, compileInner: CompileFlow): Run {
  switch (definition.Type) {
    case 'Pass':
    case 'Succeed':
      return compilePass(definition, field);
    case 'Task':
      return compileTask(definition, field);
    case 'Choice':
      return compileChoice(definition, field);
    case 'Wait':
      return compileWait(definition, field);
    case 'Fail':
      return compileFail(definition, field);
    case 'Parallel':
      return compileParallel(definition, field, compileInner);
    case 'Map':
      return compileMap(definition, field, compileInner);
  }
}

async function runFlow(
  states: ReadonlyMap<string, State>,
  start: string,
  input: Json,
  outerVariables: JsonObject,
  surroundings: Surroundings,
): Promise<Json> {
  let output = input;
  let variables = outerVariables;
  let state = states.get(start);
  while (state !== undefined) {
    const { name, run } = state;
    surroundings.signal.throwIfAborted();
    surroundings.trace?.(name);
    const enteredTime = new Date().toISOString();
    const left = await run({
      state: name,
      enteredTime,
      retryCount: 0,
      input: output,
      variables,
      surroundings,
    });
    output = left.output;
    if (left.assigned) variables = { ...variables, ...left.assigned };
    state = left.next === undefined ? undefined : states.get(left.next);
  }
  return output;
}
