import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Json } from '../../../local/aws.ts';
import { StatesError } from '../../../local/step-functions/errors.ts';
import type { CallResource } from '../../../local/step-functions/interpreter.ts';
import { CONTEXT, compile, execute, flow, map, output, parallel, pass, task, wait } from './support.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0); // A timer left behind would keep the process alive.
  vi.useRealTimers();
});

const never: CallResource = () => new Promise(() => {});
const catchAll = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], Next: 'Caught' };

describe('Parallel', () => {
  test('runs its branches at once on the same input; the result keeps their order', async () => {
    const states = {
      Fork: parallel([
        flow({ A: wait({ Seconds: 2, Output: { a: '{% $states.input %}' } }) }),
        flow({ B: wait({ Seconds: 1, Next: 'B2' }), B2: pass({ Output: { b: '{% $states.input %}' } }) }),
      ]),
    };
    const running = output(states, 'in');
    await vi.advanceTimersByTimeAsync(2000);
    expect(await running).toEqual([{ a: 'in' }, { b: 'in' }]);
  });

  test('Arguments become the input of the branches, Output and Assign see the result', async () => {
    const states = {
      Fork: parallel([flow({ A: pass() }), flow({ B: pass() })], {
        Arguments: { n: '{% $states.input + 1 %}' },
        Assign: { first: '{% $states.result[0].n %}' },
        Output: '{% $count($states.result) %}',
        Next: 'Read',
      }),
      Read: pass({ Output: ['{% $states.input %}', '{% $first %}'] }),
    };
    expect(await output(states, 1)).toEqual([2, 2]);
  });

  test('the first error fails it, aborts calls in flight and enters no further state of the others', async () => {
    const aborted = vi.fn();
    const entered: string[] = [];
    const call: CallResource = async (_, args, signal) => {
      if (args === 'fails') throw new StatesError('E', 'why');
      signal.addEventListener('abort', aborted);
      return new Promise(() => {}); // Not even the end of the branch makes this call settle.
    };
    const states = {
      Fork: parallel([
        flow({ Hangs: task({ Arguments: 'hangs', ...catchAll }), Caught: pass() }),
        flow({ Waits: wait({ Seconds: 5, Next: 'After wait' }), 'After wait': pass() }),
        flow({
          Nests: parallel([
            flow({ Inner: wait({ Seconds: 5, Next: 'After inner' }), 'After inner': pass() }),
          ]),
        }),
        flow({ Fails: wait({ Seconds: 1, Next: 'Now' }), Now: task({ Arguments: 'fails' }) }),
      ]),
    };
    const running = execute(states, {}, call, (state) => entered.push(state));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await running).toEqual({ status: 'FAILED', error: 'E', cause: 'why' });
    expect(aborted).toHaveBeenCalledOnce();
    await vi.runAllTimersAsync();
    expect(entered.toSorted()).toEqual(['Fails', 'Fork', 'Hangs', 'Inner', 'Nests', 'Now', 'Waits']);
  });

  const slowly = (value: Json) => `{% ($map([1..50], function($n) { $n & '' }); ${JSON.stringify(value)}) %}`;

  test.each([
    ['Task', task({ Arguments: slowly(1) })],
    ['Task with TimeoutSeconds', task({ TimeoutSeconds: slowly(60) })],
    ['Wait', wait({ Seconds: slowly(60) })],
    ['Parallel', parallel([flow({ Inner: pass() })], { Arguments: slowly(1) })],
    ['Map', map(flow({ Inner: pass() }), { Items: slowly([1]) })],
  ])('a %s that is evaluating its fields begins nothing after the error of a sibling', async (_, state) => {
    const call = vi.fn(never);
    const trace = vi.fn();
    const states = { Fork: parallel([flow({ Late: state }), flow({ Fails: { Type: 'Fail', Error: 'E' } })]) };
    expect(await execute(states, {}, call, trace)).toMatchObject({ error: 'E' });
    await vi.advanceTimersByTimeAsync(0);
    expect(call).not.toHaveBeenCalled();
    expect(trace).not.toHaveBeenCalledWith('Inner');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an error that a branch catches itself fails nothing', async () => {
    const states = {
      Fork: parallel([
        flow({ Try: task(catchAll), Caught: pass({ Output: 'caught' }) }),
        flow({ B: pass() }),
      ]),
    };
    const call = () => Promise.reject(new StatesError('E', ''));
    expect(await output(states, 'in', call)).toEqual(['caught', 'in']);
  });
});

describe('Map', () => {
  test.each([
    ['the input', {}, [1, 2]],
    ['Items', { Items: '{% $reverse($states.input) %}' }, [2, 1]],
    ['literal Items with expressions', { Items: [0, '{% $states.input[0] %}'] }, [0, 1]],
    ['no items', { Items: [] }, []],
  ])('runs once for each of %s', async (_, fields, expected) => {
    expect(await output({ Each: map(flow({ Item: pass() }), fields) }, [1, 2])).toEqual(expected);
  });

  test('ItemSelector makes the input of an iteration, whose states see Map.Item', async () => {
    const item = flow({
      Item: pass({ Output: { in: '{% $states.input %}', seen: '{% $states.context.Map.Item %}' } }),
    });
    const states = {
      Each: map(item, {
        Items: ['a', 'b'],
        ItemSelector: { n: '{% $states.context.Map.Item.Index %}', all: '{% $states.input %}' },
      }),
    };
    expect(await output(states, 'whole')).toEqual([
      { in: { n: 0, all: 'whole' }, seen: { Index: 0, Value: 'a' } },
      { in: { n: 1, all: 'whole' }, seen: { Index: 1, Value: 'b' } },
    ]);
  });

  test.each([
    ['MaxConcurrency', 2, 2],
    ['an expression', '{% 1 + 2 %}', 3],
    ['0: as many as AWS runs inline', 0, 40],
  ])('runs at most %s iterations at a time, results in order', async (_, MaxConcurrency, expected) => {
    let running = 0;
    let most = 0;
    const call: CallResource = async (_, args) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, Number(args) % 3));
      running--;
      return args;
    };
    const items = Array.from({ length: 50 }, (_, index) => index);
    const done = output({ Each: map(flow({ Item: task() }), { MaxConcurrency }) }, items, call);
    await vi.runAllTimersAsync();
    expect(await done).toEqual(items);
    expect(most).toBe(expected);
  });

  test('the first error fails it and starts no further iteration', async () => {
    const call = vi.fn<CallResource>(async (_, args) => {
      if (args === 1) throw new StatesError('E', 'why');
      return args;
    });
    const states = { Each: map(flow({ Item: task() }), { Items: [0, 1, 2, 3], MaxConcurrency: 1 }) };
    expect(await execute(states, {}, call)).toEqual({ status: 'FAILED', error: 'E', cause: 'why' });
    expect(call).toHaveBeenCalledTimes(2);
  });

  test('Output and Assign see the result', async () => {
    const states = {
      Each: map(flow({ Item: pass() }), {
        Items: [1, 2],
        Assign: { sum: '{% $sum($states.result) %}' },
        Output: '{% $count($states.result) %}',
        Next: 'Read',
      }),
      Read: pass({ Output: ['{% $states.input %}', '{% $sum %}'] }),
    };
    expect(await output(states)).toEqual([2, 3]);
  });

  test('needs an array', async () => {
    const states = { Each: map(flow({ Item: pass() }), { Items: '{% $states.input %}' }) };
    expect(await execute(states, { not: 'an array' })).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });
});

describe('TimeoutSeconds of a task', () => {
  test.each([2, '{% $states.input %}'])('%j: States.Timeout, which a Catch takes', async (TimeoutSeconds) => {
    let signal: AbortSignal | undefined;
    const call: CallResource = (_, __, given) => {
      signal = given;
      return new Promise(() => {});
    };
    const running = output({ Slow: task({ TimeoutSeconds, ...catchAll }), Caught: pass() }, 2, call);
    await vi.advanceTimersByTimeAsync(1999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await running).toMatchObject({ Error: 'States.Timeout' });
    expect(signal?.aborted).toBe(true);
  });

  test('is not reached by a call that answers in time', async () => {
    expect(await output({ Fast: task({ TimeoutSeconds: 2 }) }, {}, async () => 'in time')).toBe('in time');
  });

  test.each(['{% 0 %}', "{% '2' %}"])('refuses %s', async (TimeoutSeconds) => {
    expect(await execute({ Only: task({ TimeoutSeconds }) }, {}, never)).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });
});

describe('TimeoutSeconds of the machine', () => {
  const fails: CallResource = () => Promise.reject(new StatesError('E', ''));
  const retry = { ErrorEquals: ['E'], IntervalSeconds: 60 };
  const iteration = flow({ Item: wait({ Seconds: 60 }) });

  test.each([
    ['a task that hangs', task(catchAll), never],
    ['a wait', wait({ Seconds: 60, Next: 'Caught' }), never],
    ['a wait for years', wait({ Timestamp: '9999-01-01T00:00:00Z', Next: 'Caught' }), never],
    ['a retry', task({ ...catchAll, Retry: [retry] }), fails],
    ['a Parallel', parallel([iteration], catchAll), never],
    ['a Map', map(iteration, { ...catchAll, Items: [1, 2] }), never],
  ])('ends %s, past every Catch', async (_, state, call) => {
    const entered: string[] = [];
    const machine = compile({ Long: state, Caught: pass() }, { TimeoutSeconds: 3 });
    const running = machine.execute({}, CONTEXT, call, (name) => entered.push(name));
    await vi.advanceTimersByTimeAsync(3000);
    expect(await running).toEqual({ status: 'TIMED_OUT' });
    expect(entered).not.toContain('Caught');
  });

  test('is not reached by an execution that ends in time', async () => {
    const machine = compile({ Only: pass() }, { TimeoutSeconds: 3 });
    expect(await machine.execute(1, CONTEXT, never)).toEqual({ status: 'SUCCEEDED', output: 1 });
  });
});

test('executions of one machine at the same time stay apart', async () => {
  const machine = compile({
    Set: pass({ Assign: { mine: '{% $states.input %}' }, Next: 'Wait' }),
    Wait: wait({ Seconds: 1, Next: 'Read' }),
    Read: pass({ Output: '{% $mine %}' }),
  });
  const running = Promise.all([1, 2, 3].map((input) => machine.execute(input, CONTEXT, never)));
  await vi.runAllTimersAsync();
  expect(await running).toMatchObject([{ output: 1 }, { output: 2 }, { output: 3 }]);
});
