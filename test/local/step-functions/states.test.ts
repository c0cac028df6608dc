import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { execute, output, pass, task, wait } from './support.ts';

describe('Pass and Succeed', () => {
  test('hand their input on', async () => {
    expect(await output({ First: pass({ Next: 'Last' }), Last: { Type: 'Succeed' } }, { a: 1 })).toEqual({
      a: 1,
    });
  });

  test.each(['Pass', 'Succeed'])('%s replaces it by Output', async (Type) => {
    const end = Type === 'Pass' ? { End: true } : {};
    const states = {
      Only: { Type, Output: { vin: '{% $states.input.vin %}', fixed: [true, null] }, ...end },
    };
    expect(await output(states, { vin: 'V1', rest: 1 })).toEqual({ vin: 'V1', fixed: [true, null] });
  });

  test('run in the order of Next and are traced', async () => {
    const trace = vi.fn();
    await execute({ A: pass({ Next: 'C' }), B: pass(), C: pass({ Next: 'B' }) }, {}, undefined, trace);
    expect(trace.mock.calls).toEqual([['A'], ['C'], ['B']]);
  });

  test('an evaluation error fails the execution: only Task, Parallel and Map can catch', async () => {
    expect(await execute({ Only: pass({ Output: { a: ['{% $states.input.b %}'] } }) })).toEqual({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause: expect.stringMatching(/state 'Only'.*'\$states\.input\.b' returned nothing.*'Output\/a\/0'/),
    });
  });
});

describe('Fail', () => {
  test.each([
    [{ Error: 'Busy', Cause: 'in use' }, 'Busy', 'in use'],
    [
      { Error: '{% $states.input.e %}', Cause: "{% 'since ' & $states.input.since %}" },
      'Locked',
      'since noon',
    ],
    [{}, '', ''],
  ])('%j', async (fields, error, cause) => {
    const result = await execute({ Only: { Type: 'Fail', ...fields } }, { e: 'Locked', since: 'noon' });
    expect(result).toEqual({ status: 'FAILED', error, cause });
  });

  test('needs text', async () => {
    expect(await execute({ Only: { Type: 'Fail', Error: '{% 1 %}' } })).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });
});

describe('Choice', () => {
  const choice = {
    Start: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'End', Output: 'large', Assign: { size: 'L' } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'End' },
        { Condition: "{% $states.input.n = 'always' %}", Next: 'End', Output: 'text' },
        { Condition: false, Next: 'End' },
      ],
      Default: 'End',
      Output: 'small',
      Assign: { size: 'S' },
    },
    End: pass({ Output: { in: '{% $states.input %}', size: "{% $exists($size) ? $size : 'none' %}" } }),
  };

  test.each([
    ['the first rule that holds', 11, { in: 'large', size: 'L' }],
    ["a rule without Output and Assign, which does not use the state's", 6, { in: { n: 6 }, size: 'none' }],
    ['Default with the Output and Assign of the state', 1, { in: 'small', size: 'S' }],
  ])('takes %s', async (_, n, expected) => {
    expect(await output(choice, { n })).toEqual(expected);
  });

  test('takes a literal condition', async () => {
    const Choices = [{ Condition: true, Next: 'End' }];
    expect(await output({ Start: { Type: 'Choice', Choices }, End: pass() }, 1)).toBe(1);
  });

  test('fails without a rule that holds and without Default', async () => {
    const Choices = [{ Condition: '{% $states.input = 1 %}', Next: 'End' }];
    expect(await execute({ Start: { Type: 'Choice', Choices }, End: pass() }, 2)).toMatchObject({
      status: 'FAILED',
      error: 'States.NoChoiceMatched',
    });
  });

  test('needs a boolean', async () => {
    const Choices = [{ Condition: '{% $states.input %}', Next: 'End' }];
    expect(await execute({ Start: { Type: 'Choice', Choices }, End: pass() }, 'true')).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('Choices/0/Condition'),
    });
  });
});

describe('Wait', () => {
  beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-01-01T12:00:00Z') }));
  afterEach(() => vi.useRealTimers());

  async function secondsWaited(fields: Parameters<typeof wait>[0]): Promise<number> {
    const start = Date.now();
    const running = output({ Only: wait(fields) }, { n: 3, at: '2026-01-01T13:00:09+01:00' });
    await vi.runAllTimersAsync();
    await running;
    return (Date.now() - start) / 1000;
  }

  test.each([
    [{ Seconds: 2 }, 2],
    [{ Seconds: 0 }, 0],
    [{ Seconds: '{% $states.input.n %}' }, 3],
    [{ Timestamp: '2026-01-01T12:00:05Z' }, 5],
    [{ Timestamp: '{% $states.input.at %}' }, 9],
    [{ Timestamp: '2025-12-31T00:00:00Z' }, 0],
  ])('%j', async (fields, seconds) => {
    expect(await secondsWaited(fields)).toBe(seconds);
  });

  test('hands its input on, or Output', async () => {
    const running = output({
      A: wait({ Seconds: 1, Assign: { x: 1 }, Next: 'B' }),
      B: wait({ Seconds: 1, Output: '{% $x %}' }),
    });
    await vi.runAllTimersAsync();
    expect(await running).toBe(1);
  });

  test.each([
    { Seconds: '{% -1 %}' },
    { Seconds: '{% 1.5 %}' },
    { Seconds: "{% '1' %}" },
    { Timestamp: "{% '2026-01-01' %}" },
  ])('refuses %j', async (fields) => {
    expect(await execute({ Only: wait(fields) })).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});

describe('Task', () => {
  test('calls its Resource with Arguments and outputs the result', async () => {
    const call = vi.fn(async () => ({ Payload: 42 }));
    const states = {
      Only: task({ Arguments: { FunctionName: 'f', Payload: { n: '{% $states.input.n %}' } } }),
    };
    expect(await output(states, { n: 1 }, call)).toEqual({ Payload: 42 });
    expect(call).toHaveBeenCalledExactlyOnceWith(
      'arn:aws:states:::lambda:invoke',
      { FunctionName: 'f', Payload: { n: 1 } },
      expect.any(AbortSignal),
    );
  });

  test('without Arguments hands its input over', async () => {
    expect(await output({ Only: task() }, { n: 1 }, async (_, args) => ({ got: args }))).toEqual({
      got: { n: 1 },
    });
  });

  test('shapes the result by Output, beside its input', async () => {
    const states = { Only: task({ Output: '{% $merge([$states.input, $states.result]) %}' }) };
    expect(await output(states, { a: 1 }, async () => ({ b: 2 }))).toEqual({ a: 1, b: 2 });
  });

  test('rejects on a fault of the local stage, which no Catch may hide', async () => {
    const states = {
      Only: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], Next: 'Caught' }),
      Caught: pass(),
    };
    const fault = new TypeError('engine bug');
    await expect(execute(states, {}, () => Promise.reject(fault))).rejects.toBe(fault);
  });
});

test('the context object', async () => {
  const states = {
    First: pass({ Next: 'Second', Output: 'changed' }),
    Second: pass({ Output: '{% $states.context %}' }),
  };
  expect(await output(states, { vin: 'V1' })).toEqual({
    Execution: {
      Id: 'arn:aws:states:eu-central-1:123456789012:express:routing:e-1',
      Input: { vin: 'V1' },
      Name: 'e-1',
      StartTime: '2026-01-01T12:00:00.000Z',
    },
    State: { Name: 'Second', EnteredTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), RetryCount: 0 },
    StateMachine: {
      Id: 'arn:aws:states:eu-central-1:123456789012:stateMachine:routing',
      Name: 'routing',
    },
  });
});
