import type { Json, JsonObject } from '../aws.ts';
import type { CallResource } from './interpreter.ts';
import type { Scope } from './jsonata.ts';

/** What the states of one flow share while it runs. */
export interface Surroundings {
  /** The Context Object without `State`: `Execution`, `StateMachine`, and `Map` inside an iteration. */
  readonly context: JsonObject;
  /** Aborts when the execution times out or a sibling branch fails. */
  readonly signal: AbortSignal;
  readonly call: CallResource;
  readonly trace: ((stateName: string) => void) | undefined;
}

/** One stay of an execution in one state. */
interface Visit {
  readonly state: string;
  readonly enteredTime: string;
  readonly retryCount: number;
  readonly input: Json;
  readonly variables: JsonObject;
  readonly surroundings: Surroundings;
}

/** How a state was left. */
export interface Transition {
  readonly output: Json;
  /** New values of variables, seen from the next state on. */
  readonly assigned: JsonObject | undefined;
  /** The next state, or undefined at the end of the flow. */
  readonly next: string | undefined;
}

/** Runs one state. @throws StatesError, or the reason of the signal when that aborts */
export type Run = (visit: Visit) => Promise<Transition>;

/** What the expressions of the visited state see, after its work with `$states.result` or `$states.errorOutput`. */
export function scopeOf(visit: Visit, outcome?: { result: Json } | { errorOutput: Json }): Scope {
  const State = { Name: visit.state, EnteredTime: visit.enteredTime, RetryCount: visit.retryCount };
  const context = { ...visit.surroundings.context, State };
  return { states: { input: visit.input, context, ...outcome }, variables: visit.variables };
}
