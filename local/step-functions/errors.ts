/** An error of a workflow: Retry and Catch match its name, and its message is the `Cause`. */
export class StatesError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/**
 * Whether a Retrier or Catcher with this `ErrorEquals` takes an error of this name.
 * Source: States Language, «Error Handling»; AWS Developer Guide, «Handling errors»: nothing matches
 * States.Runtime, and States.DataLimitExceeded matches only by its own name.
 */
export function matches(errorEquals: readonly string[], name: string): boolean {
  if (name === 'States.Runtime') return false;
  if (errorEquals.includes(name)) return true;
  if (name === 'States.DataLimitExceeded') return false;
  return (
    errorEquals.includes('States.ALL') ||
    (errorEquals.includes('States.TaskFailed') && name !== 'States.Timeout')
  );
}
