import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AwsError, type Json, type JsonObject } from '../../../local/aws.ts';
import { StatesError } from '../../../local/step-functions/errors.ts';
import type { CallResource } from '../../../local/step-functions/interpreter.ts';
import { execute, flow, map, output, parallel, pass, task } from './support.ts';

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Fails with one error name after the other, then answers; `times` are the seconds of its calls. */
function failing(...names: string[]): { call: CallResource; times: number[] } {
  const times: number[] = [];
  const remaining = [...names];
  const call: CallResource = async () => {
    times.push(Date.now() / 1000);
    const name = remaining.shift();
    if (name !== undefined) throw new StatesError(name, `cause of ${name}`);
    return 'done';
  };
  return { call, times };
}

async function finish<T>(running: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync();
  return running;
}

describe('Retry', () => {
  test.each<[string, JsonObject, number[]]>([
    ['defaults: 1 s, doubled, three times', {}, [0, 1, 3, 7]],
    ['IntervalSeconds and BackoffRate', { IntervalSeconds: 2, BackoffRate: 1.5 }, [0, 2, 5, 9.5]],
    ['MaxDelaySeconds', { IntervalSeconds: 3, MaxDelaySeconds: 4 }, [0, 3, 7, 11]],
    ['MaxAttempts', { MaxAttempts: 1 }, [0, 1]],
    ['MaxAttempts 0', { MaxAttempts: 0 }, [0]],
  ])('%s', async (_, fields, expected) => {
    const { call, times } = failing('E', 'E', 'E', 'E');
    const states = { Only: task({ Retry: [{ ErrorEquals: ['E'], ...fields }] }) };
    expect(await finish(execute(states, {}, call))).toEqual({
      status: 'FAILED',
      error: 'E',
      cause: 'cause of E',
    });
    expect(times).toEqual(expected);
  });

  test('JitterStrategy FULL waits a random part of the interval', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.25);
    const { call, times } = failing('E', 'E');
    const Retry = [{ ErrorEquals: ['E'], IntervalSeconds: 4, JitterStrategy: 'FULL' }];
    expect(await finish(output({ Only: task({ Retry }) }, {}, call))).toBe('done');
    expect(times).toEqual([0, 1, 3]);
  });

  // The example of the States Language, «Complex retry scenarios».
  test('every Retrier counts its own attempts; then Catch takes over', async () => {
    const { call, times } = failing('ErrorA', 'ErrorB', 'ErrorC', 'ErrorB');
    const states = {
      X: task({
        Retry: [
          { ErrorEquals: ['ErrorA', 'ErrorB'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
          { ErrorEquals: ['ErrorC'], IntervalSeconds: 5 },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }],
      }),
      Z: pass(),
    };
    expect(await finish(output(states, {}, call))).toEqual({ Error: 'ErrorB', Cause: 'cause of ErrorB' });
    expect(times).toEqual([0, 1, 3, 8]);
  });

  test('starts anew on the next visit of the state', async () => {
    const { call, times } = failing('E', 'E');
    const states = {
      Again: task({
        Arguments: {},
        Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['E'], Next: 'Again' }],
      }),
    };
    expect(await finish(output(states, {}, call))).toBe('done');
    expect(times).toEqual([0, 1, 1]);
  });

  test('counts in the context, and repeats an evaluation that failed', async () => {
    const states = {
      Only: task({
        Arguments:
          '{% $states.context.State.RetryCount = 0 ? $states.input.missing : $states.context.State.RetryCount %}',
        Retry: [{ ErrorEquals: ['States.QueryEvaluationError'] }],
      }),
    };
    expect(await finish(output(states, {}, async (_, args) => args))).toBe(1);
  });

  test('repeats all branches of a Parallel', async () => {
    const { call, times } = failing('E');
    const states = {
      Both: parallel([flow({ A: task() }), flow({ B: pass() })], {
        Retry: [{ ErrorEquals: ['States.ALL'] }],
      }),
    };
    expect(await finish(output(states, 'in', call))).toEqual(['done', 'in']);
    expect(times).toEqual([0, 1]);
  });
});

describe('Catch', () => {
  const caughtBy = async (error: string, handlers: Json[]): Promise<Json> => {
    const Catch = handlers.map((ErrorEquals, index) => ({ ErrorEquals, Output: index, Next: 'Caught' }));
    const result = await execute({ Try: task({ Catch }), Caught: pass() }, {}, failing(error).call);
    return result.status === 'SUCCEEDED' ? result.output : result.status;
  };

  test.each([
    ['the first that matches', 'B', [['A'], ['B'], ['B', 'C'], ['States.ALL']], 1],
    ['any name in ErrorEquals', 'C', [['A'], ['B', 'C']], 1],
    ['States.ALL last', 'D', [['A'], ['States.ALL']], 1],
    ['States.TaskFailed for any error of a task', 'Lambda.Unknown', [['States.TaskFailed']], 0],
    ['not States.TaskFailed for a timeout', 'States.Timeout', [['States.TaskFailed'], ['States.Timeout']], 1],
    ['nothing for another name', 'D', [['A']], 'FAILED'],
    ['nothing for another case', 'a', [['A']], 'FAILED'],
    [
      'no wildcard for DataLimitExceeded',
      'States.DataLimitExceeded',
      [['States.TaskFailed'], ['States.ALL']],
      'FAILED',
    ],
    ['DataLimitExceeded by its name', 'States.DataLimitExceeded', [['States.DataLimitExceeded']], 0],
    ['nothing for States.Runtime', 'States.Runtime', [['States.Runtime'], ['States.ALL']], 'FAILED'],
  ])('takes %s', async (_, error, handlers, expected) => {
    expect(await caughtBy(error, handlers)).toBe(expected);
  });

  test('Output and Assign see errorOutput and the input; those of the state are not used', async () => {
    const states = {
      Try: task({
        Assign: { from: 'state' },
        Output: 'state',
        Catch: [
          {
            ErrorEquals: ['E'],
            Assign: { from: '{% $states.errorOutput.Error %}' },
            Output: '{% $merge([$states.input, $states.errorOutput]) %}',
            Next: 'Caught',
          },
        ],
      }),
      Caught: pass({ Output: { from: '{% $from %}', input: '{% $states.input %}' } }),
    };
    expect(await output(states, { a: 1 }, failing('E').call)).toEqual({
      from: 'E',
      input: { a: 1, Error: 'E', Cause: 'cause of E' },
    });
  });

  test.each(['Output', 'Arguments'])('takes an evaluation error of %s', async (field) => {
    const states = {
      Try: task({
        [field]: '{% $states.input.missing %}',
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Caught' }],
      }),
      Caught: pass(),
    };
    expect(await output(states, {}, async () => 1)).toMatchObject({ Error: 'States.QueryEvaluationError' });
  });

  test('does not take an error of its own Output', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input.missing %}', Next: 'Try' }];
    expect(await execute({ Try: task({ Catch }) }, {}, failing('E').call)).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('Catch/0/Output'),
    });
  });

  test.each([
    [
      'Parallel',
      parallel([flow({ Inner: { Type: 'Fail', Error: 'E', Cause: 'why' } })], {
        Catch: [{ ErrorEquals: ['E'], Next: 'Caught' }],
      }),
    ],
    [
      'Map',
      map(flow({ Inner: { Type: 'Fail', Error: 'E', Cause: 'why' } }), {
        Items: [1],
        Catch: [{ ErrorEquals: ['E'], Next: 'Caught' }],
      }),
    ],
  ])('%s catches an error of its inner flow', async (_, state) => {
    expect(await output({ Try: state, Caught: pass() })).toEqual({ Error: 'E', Cause: 'why' });
  });
});

test('an AwsError that reaches the interpreter keeps its name', async () => {
  const call = () => Promise.reject(new AwsError('Throttled', 'slow down'));
  expect(await execute({ Only: task() }, {}, call)).toEqual({
    status: 'FAILED',
    error: 'Throttled',
    cause: 'slow down',
  });
});
