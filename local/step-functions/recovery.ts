import { AwsError } from '../aws.ts';
import { sleep } from './abort.ts';
import type { StateOf } from './definition.ts';
import { matches, StatesError } from './errors.ts';
import { compileExit } from './exit.ts';
import type { Field } from './field.ts';
import { type Run, scopeOf } from './visit.ts';

type Retrier = StateOf<'Task'>['Retry'][number];

/**
 * Repeats a state's attempt by its Retriers, then leaves it by its Catchers.
 * Source: States Language, «Retrying after error» and «Fallback states»: every Retrier counts its own
 * retries, and an error of `Output` or `Assign` is retried and caught like one of the work itself.
 */
export function compileRecovery(
  { Retry, Catch }: Pick<StateOf<'Task'>, 'Retry' | 'Catch'>,
  field: Field,
  attempt: Run,
): Run {
  const catchers = Catch.map((catcher, index) => ({
    errorEquals: catcher.ErrorEquals,
    exit: compileExit(catcher, field.at('Catch', index).seeing('errorOutput')),
  }));

  return async (first) => {
    const { signal } = first.surroundings;
    const retriesOf = new Map<Retrier, number>();
    for (let visit = first; ; visit = { ...visit, retryCount: visit.retryCount + 1 }) {
      try {
        return await attempt(visit);
      } catch (thrown) {
        const error = workflowError(thrown);
        const retrier = Retry.find(({ ErrorEquals }) => matches(ErrorEquals, error.name));
        const retries = (retrier && retriesOf.get(retrier)) ?? 0;
        if (retrier && retries < retrier.MaxAttempts) {
          retriesOf.set(retrier, retries + 1);
          await sleep(delaySeconds(retrier, retries) * 1000, signal);
          continue;
        }
        const catcher = catchers.find(({ errorEquals }) => matches(errorEquals, error.name));
        if (catcher === undefined) throw error;
        const errorOutput = { Error: error.name, Cause: error.message };
        return catcher.exit(scopeOf(visit, { errorOutput }), errorOutput);
      }
    }
  };
}

/** @throws whatever is no error of the workflow but a fault of the local stage */
function workflowError(thrown: unknown): StatesError {
  if (thrown instanceof StatesError) return thrown;
  if (thrown instanceof AwsError) return new StatesError(thrown.name, thrown.message);
  throw thrown;
}

function delaySeconds(retrier: Retrier, retries: number): number {
  const {
    IntervalSeconds,
    BackoffRate,
    MaxDelaySeconds = Number.POSITIVE_INFINITY,
    JitterStrategy,
  } = retrier;
  const delay = Math.min(IntervalSeconds * BackoffRate ** retries, MaxDelaySeconds);
  return JitterStrategy === 'FULL' ? Math.random() * delay : delay;
}
