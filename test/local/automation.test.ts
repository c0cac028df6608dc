import { expect, onTestFinished, test, vi } from 'vitest';
import { createAutomation } from '../../local/automation.ts';
import type { AwsCall, Json, JsonObject } from '../../local/aws.ts';
import { readRule } from '../../local/eventbridge/rule.ts';
import type { KeyValues } from '../../local/storage/key-values.ts';
import { flow, pass, task, wait } from './step-functions/support.ts';

const STACK = 'remote-services-dev-x-traffic';
const ARN = 'arn:aws:states:eu-central-1:000000000000:stateMachine:';
const target = { Id: 't', Arn: `${ARN}Repair`, RoleArn: 'rule' };
const failed = {
  InputPathsMap: { arn: '$.detail.executionArn', status: '$.detail.status' },
  InputTemplate: '{"failed":<arn>,"status":<status>}',
};

const definitionOf = (states: object) => JSON.stringify({ QueryLanguage: 'JSONata', ...flow({ ...states }) });

/** What a folder of data keeps. */
function keptData(): KeyValues {
  const values = new Map<string, string>();
  return { get: (key) => values.get(key), put: (key, value) => void values.set(key, value) };
}

/** A stage whose workflow `Shift` waits for good, and whose workflow `Repair` tells what it was started for. */
function start(data?: KeyValues) {
  const repairs: Json[] = [];
  const awsCall: AwsCall = async ({ service, action, input, role }): Promise<JsonObject> => {
    if (service === 'states') {
      expect(role).toBe('rule');
      return automation.stepFunctions(action, input);
    }
    repairs.push(input.Payload ?? null);
    return { StatusCode: 200 };
  };
  const notify = task({ Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' } });
  const machine = (name: string, states: object, type: 'EXPRESS' | 'STANDARD' = 'STANDARD') => ({
    name,
    definition: definitionOf(states),
    role: 'r',
    type,
  });
  const rules = [
    readRule('Deployed', {
      EventPattern: {
        source: ['aws.cloudformation'],
        detail: { 'stack-id': [`arn:aws:cloudformation:eu-central-1:000000000000:stack/${STACK}/local`] },
      },
      Targets: [{ ...target, InputPath: '$.detail.status-details' }],
    }),
    readRule('EndedHalfWay', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [`${ARN}Shift`], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      Targets: [{ ...target, InputTransformer: failed }],
    }),
  ];
  const automation = createAutomation(
    {
      stateMachines: new Map([
        [`${ARN}Shift`, machine('Shift', { Wait: wait({ Seconds: 1e6 }) })],
        [`${ARN}Repair`, machine('Repair', { Notify: notify })],
        [`${ARN}Express`, machine('Express', { Only: pass({ Output: 'done' }) }, 'EXPRESS')],
      ]),
      eventRules: rules.filter((rule) => rule !== undefined),
    },
    { awsCall, messaging: { call: () => ({}) }, log: () => undefined, data },
  );
  onTestFinished(() => automation.close());
  return { automation, repairs };
}

test('a state machine runs as what it is', async () => {
  const { stepFunctions } = start().automation;
  expect(await stepFunctions('StartSyncExecution', { stateMachineArn: `${ARN}Express` })).toMatchObject({
    output: '"done"',
  });
  await expect(stepFunctions('StartExecution', { stateMachineArn: `${ARN}Shift` })).resolves.toBeDefined();
});

test('what a deployment starts is done when the stage goes on', async () => {
  const { automation, repairs } = start();
  await automation.deployed([STACK, 'remote-services-dev-x-shared']);
  expect(repairs).toEqual([{ status: 'CREATE_COMPLETE', 'status-reason': '' }]);
});

test('stacks that the data know have been updated', async () => {
  const data = keptData();
  await start(data).automation.deployed([STACK]);
  const { automation, repairs } = start(data);
  await automation.deployed([STACK]);
  expect(repairs).toEqual([{ status: 'UPDATE_COMPLETE', 'status-reason': '' }]);
});

test('an execution that is stopped is an event', async () => {
  const { automation, repairs } = start();
  const { executionArn = null } = await automation.stepFunctions('StartExecution', {
    stateMachineArn: `${ARN}Shift`,
  });
  expect(repairs).toEqual([]);
  await automation.stepFunctions('StopExecution', { executionArn });
  await vi.waitFor(() => expect(repairs).toEqual([{ failed: executionArn, status: 'ABORTED' }]));
});

test('an end that was not told is told by the next stage', async () => {
  const data = keptData();
  const first = start(data).automation;
  const { executionArn = null } = await first.stepFunctions('StartExecution', {
    stateMachineArn: `${ARN}Shift`,
  });
  const ended = JSON.parse(data.get('executions') ?? '').map((execution: object) => ({
    ...execution,
    status: 'TIMED_OUT',
  }));
  await first.close();
  data.put('executions', JSON.stringify(ended));
  const { automation, repairs } = start(data);
  await automation.deployed([]);
  expect(repairs).toEqual([{ failed: executionArn, status: 'TIMED_OUT' }]);
});

test('what ran when the stage ended was aborted, as the next one says; but once', async () => {
  const data = keptData();
  const first = start(data).automation;
  const { executionArn = null } = await first.stepFunctions('StartExecution', {
    stateMachineArn: `${ARN}Shift`,
  });
  await first.close();

  const { automation, repairs } = start(data);
  expect(repairs).toEqual([]);
  await automation.deployed([]);
  expect(repairs).toEqual([{ failed: executionArn, status: 'ABORTED' }]);
  expect(await automation.stepFunctions('DescribeExecution', { executionArn })).toMatchObject({
    status: 'ABORTED',
  });

  const third = start(data);
  await third.automation.deployed([]);
  expect(third.repairs).toEqual([]);
});
