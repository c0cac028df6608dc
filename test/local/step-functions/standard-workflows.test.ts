import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AwsCall, JsonObject } from '../../../local/aws.ts';
import { type Execution, StandardWorkflows } from '../../../local/step-functions/standard-workflows.ts';
import { type Definition, flow, pass, task, wait } from './support.ts';

const MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:traffic-Shifting';
const EXECUTION = 'arn:aws:states:eu-central-1:123456789012:execution:traffic-Shifting:e-1';

function start(states: Definition, fields: Definition = {}, awsCall: AwsCall = async () => ({})) {
  const lines: string[] = [];
  const workflows = new StandardWorkflows(awsCall, (source, line) => lines.push(`${source}: ${line}`));
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', ...flow(states), ...fields });
  workflows.create(MACHINE, { name: 'traffic-Shifting', definition, role: 'role' });
  const changes: Execution[] = [];
  workflows.onStatusChange((execution) => changes.push(execution));
  return {
    workflows,
    changes,
    lines,
    execute: (fields: JsonObject = {}) =>
      workflows.start({ stateMachineArn: MACHINE, name: 'e-1', ...fields }),
    describe: () => workflows.describe({ executionArn: EXECUTION }),
  };
}

/** Freezes the time, which passes only when it is advanced. */
function freezeTime(): void {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** Until something waits for the frozen time: before its first state, an execution takes a turn of the event loop. */
async function waiting(): Promise<void> {
  while (vi.getTimerCount() === 0) await new Promise(setImmediate);
}

const forever = { Wait: wait({ Seconds: 99_999_999 }) };

describe('StartExecution', () => {
  test('answers at once, and the execution has its name and its input', async () => {
    freezeTime();
    const { execute, describe, workflows } = start({
      Only: pass({ Output: '{% $states.context.Execution %}' }),
    });
    expect(execute({ input: '{"action":"repair"}' })).toEqual({
      executionArn: EXECUTION,
      startDate: Date.UTC(2026, 0, 1) / 1000,
    });
    expect(describe()).toMatchObject({ status: 'RUNNING' });
    await workflows.settled();
    expect(describe()).toEqual({
      executionArn: EXECUTION,
      stateMachineArn: MACHINE,
      name: 'e-1',
      status: 'SUCCEEDED',
      startDate: Date.UTC(2026, 0, 1) / 1000,
      stopDate: Date.UTC(2026, 0, 1) / 1000,
      input: '{"action":"repair"}',
      inputDetails: { included: true },
      output: JSON.stringify({
        Id: EXECUTION,
        Input: { action: 'repair' },
        Name: 'e-1',
        StartTime: '2026-01-01T00:00:00.000Z',
      }),
      outputDetails: { included: true },
    });
  });

  test('without a name makes one up, without an input has {}', async () => {
    const { workflows } = start({ Only: pass() });
    const [one, other] = [1, 2].map(() => workflows.start({ stateMachineArn: MACHINE }).executionArn);
    expect(one).not.toEqual(other);
    await workflows.settled();
    expect(workflows.describe({ executionArn: one ?? null })).toMatchObject({ output: '{}' });
  });

  test('with name and input of an execution that runs is about that one', async () => {
    const { execute, workflows } = start(forever);
    const first = execute({ input: '{}' });
    expect(execute({ input: '{}' })).toEqual(first);
    expect(() => execute({ input: '{"other":1}' })).toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
    await workflows.close();
  });

  test('with the name of an execution that has ended is refused', async () => {
    const { execute, workflows } = start({ Only: pass() });
    execute();
    await workflows.settled();
    expect(() => execute()).toThrow(expect.objectContaining({ name: 'ExecutionAlreadyExists' }));
  });

  test.each([
    [{ stateMachineArn: `${MACHINE}2` }, 'StateMachineDoesNotExist'],
    [{ name: 'with blank' }, 'InvalidName'],
    [{ name: 'a'.repeat(81) }, 'InvalidName'],
    [{ input: 'no JSON' }, 'InvalidExecutionInput'],
  ])('%j: %s', (fields, name) => {
    expect(() => start({ Only: pass() }).execute(fields)).toThrow(expect.objectContaining({ name }));
  });
});

describe('an execution', () => {
  test('waits as long as it says', async () => {
    freezeTime();
    const { execute, workflows, describe, changes } = start({ Wait: wait({ Seconds: 600 }) });
    execute();
    await waiting();
    await vi.advanceTimersByTimeAsync(599_000);
    expect(describe()).toMatchObject({ status: 'RUNNING' });
    await vi.advanceTimersByTimeAsync(1000);
    await workflows.settled();
    const [began, ended] = changes;
    expect(began).toMatchObject({ status: 'RUNNING' });
    expect(ended).toMatchObject({ status: 'SUCCEEDED', stopDate: Number(began?.startDate) + 600_000 });
  });

  test('that fails says why', async () => {
    const { execute, workflows, describe, lines } = start({
      End: { Type: 'Fail', Error: 'Busy', Cause: 'c' },
    });
    execute();
    await workflows.settled();
    expect(describe()).toMatchObject({ status: 'FAILED', error: 'Busy', cause: 'c' });
    expect(lines).toEqual(['traffic-Shifting: Busy: c']);
  });

  test('is timed out', async () => {
    freezeTime();
    const { execute, workflows, describe } = start(forever, { TimeoutSeconds: 5 });
    execute();
    await waiting();
    await vi.advanceTimersByTimeAsync(5000);
    await workflows.settled();
    expect(describe()).toMatchObject({ status: 'TIMED_OUT' });
  });

  test('that meets a fault of an engine has failed', async () => {
    const { execute, workflows, describe } = start({ Call: task() }, {}, () =>
      Promise.reject(new TypeError('bug')),
    );
    execute();
    await workflows.settled();
    expect(describe()).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: 'TypeError: bug' });
  });

  test('calls in the role of its machine', async () => {
    const awsCall = vi.fn<AwsCall>(async () => ({ StatusCode: 200 }));
    const { execute, workflows } = start({ Call: task({ Arguments: { FunctionName: 'f' } }) }, {}, awsCall);
    execute();
    await workflows.settled();
    expect(awsCall).toHaveBeenCalledWith(expect.objectContaining({ service: 'lambda', role: 'role' }));
  });
});

describe('StopExecution', () => {
  test('aborts in the middle of a task, whatever the definition catches', async () => {
    const called = Promise.withResolvers<void>();
    const awsCall: AwsCall = () => {
      called.resolve();
      return new Promise(() => undefined);
    };
    const anything = { ErrorEquals: ['States.ALL'] };
    const states = {
      Call: task({ Retry: [anything], Catch: [{ ...anything, Next: 'Caught' }] }),
      Caught: pass(),
    };
    const { execute, workflows, describe, changes } = start(states, {}, awsCall);
    execute();
    await called.promise;
    expect(await workflows.stop({ executionArn: EXECUTION, error: 'Operator', cause: 'enough' })).toEqual({
      stopDate: expect.any(Number),
    });
    expect(describe()).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'enough' });
    expect(changes.map(({ status }) => status)).toEqual(['RUNNING', 'ABORTED']);
  });

  test('aborts before the first state', async () => {
    const { execute, workflows, describe } = start(forever);
    execute();
    await workflows.stop({ executionArn: EXECUTION });
    expect(describe()).toMatchObject({ status: 'ABORTED' });
  });

  test('leaves an end as it is', async () => {
    const { execute, workflows, describe } = start({ Only: pass() });
    execute();
    await workflows.settled();
    await workflows.stop({ executionArn: EXECUTION });
    expect(describe()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('and DescribeExecution know only executions that there are', async () => {
    const { workflows, describe } = start({ Only: pass() });
    expect(describe).toThrow(expect.objectContaining({ name: 'ExecutionDoesNotExist' }));
    await expect(workflows.stop({ executionArn: EXECUTION })).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
  });
});

test('executions end with the stage, and nobody is told; the next stage tells it', async () => {
  const { execute, workflows, changes } = start(forever);
  execute();
  await workflows.close();
  expect(changes.map(({ status }) => status)).toEqual(['RUNNING']);
  expect(() => execute({ name: 'e-2' })).toThrow(
    expect.objectContaining({ name: 'StateMachineDoesNotExist' }),
  );

  const next = start(forever);
  for (const execution of changes) next.workflows.adopt(execution);
  expect(next.describe()).toMatchObject({ status: 'ABORTED' });
  expect(next.changes).toMatchObject([{ executionArn: EXECUTION, status: 'ABORTED' }]);
});

test('of ended executions the oldest are forgotten', async () => {
  const { workflows } = start({ Only: pass() });
  for (let index = 0; index <= 1000; index += 1) {
    workflows.start({ stateMachineArn: MACHINE, name: `e-${index}` });
  }
  await workflows.settled();
  const describe = (index: number) => () =>
    workflows.describe({ executionArn: EXECUTION.replace('e-1', `e-${index}`) });
  expect(describe(0)).toThrow(expect.objectContaining({ name: 'ExecutionDoesNotExist' }));
  expect(describe(1)()).toMatchObject({ status: 'SUCCEEDED' });
});
