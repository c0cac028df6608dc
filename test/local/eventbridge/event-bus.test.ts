import { describe, expect, test, vi } from 'vitest';
import { type AwsCall, AwsError, type JsonObject } from '../../../local/aws.ts';
import { stackStatusChange } from '../../../local/eventbridge/event.ts';
import { EventBus } from '../../../local/eventbridge/event-bus.ts';
import { readRule } from '../../../local/eventbridge/rule.ts';

const MACHINE = 'arn:aws:states:eu-central-1:000000000000:stateMachine:traffic-Shifting';
const ROLE = 'arn:aws:iam::000000000000:role/traffic-Events';
const QUEUE = 'arn:aws:sqs:eu-central-1:000000000000:traffic-Dead';

const event = stackStatusChange('arn:stack', 'CREATE_COMPLETE', Date.UTC(2026, 0, 1, 0, 0, 0, 7));
const target = { Id: 'Target0', Arn: MACHINE, RoleArn: ROLE };
const pattern = { source: ['aws.cloudformation'] };

function busWith(targets: JsonObject[], awsCall: AwsCall, EventPattern: JsonObject = pattern) {
  const rule = readRule('traffic-Deployed', { EventPattern, Targets: targets });
  const sent: JsonObject[] = [];
  const lines: string[] = [];
  const waits: number[] = [];
  const bus = new EventBus({
    rules: rule === undefined ? [] : [rule],
    awsCall,
    messaging: {
      call: (_action, _service, input) => {
        sent.push(input);
        return {};
      },
    },
    log: (source, line) => lines.push(`${source}: ${line}`),
    sleep: async (seconds) => {
      waits.push(seconds);
    },
  });
  return { bus, sent, lines, waits };
}

/** Fails as often as there are errors. */
function failing(...errors: Error[]) {
  return vi.fn<AwsCall>(async () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return {};
  });
}

const unavailable = () => new AwsError('ServiceUnavailable', 'no', 503);

describe('an event that matches', () => {
  test('starts the state machine in the rule’s role, with the event', async () => {
    const awsCall = failing();
    const { bus, lines } = busWith([target], awsCall);
    await bus.put(event);
    expect(awsCall).toHaveBeenCalledExactlyOnceWith({
      service: 'states',
      action: 'StartExecution',
      input: { stateMachineArn: MACHINE, input: JSON.stringify(event) },
      role: ROLE,
    });
    expect(lines).toEqual([]);
  });

  test('goes to each target, with the input that is wanted there', async () => {
    const awsCall = failing();
    const transformer = { InputPathsMap: { id: '$.detail.stack-id' }, InputTemplate: '{"of":<id>}' };
    const { bus } = busWith(
      [
        { ...target, Input: '{"action":"repair"}' },
        { ...target, InputTransformer: transformer },
      ],
      awsCall,
    );
    await bus.put(event);
    expect(awsCall.mock.calls.map(([{ input }]) => input.input)).toEqual([
      '{"action":"repair"}',
      '{"of":"arn:stack"}',
    ]);
  });
});

test('an event that does not match starts nothing', async () => {
  const awsCall = failing();
  await busWith([target], awsCall, { source: ['aws.states'] }).bus.put(event);
  expect(awsCall).not.toHaveBeenCalled();
});

describe('a target that does not take an event', () => {
  test('is asked again, later and later', async () => {
    const awsCall = failing(unavailable(), new AwsError('ThrottlingException', 'slow'), unavailable());
    const { bus, waits, lines } = busWith([target], awsCall);
    await bus.put(event);
    expect(awsCall).toHaveBeenCalledTimes(4);
    expect(waits).toEqual([1, 2, 4]);
    expect(lines).toEqual([]);
  });

  test('for good makes a dead letter', async () => {
    const awsCall = vi.fn<AwsCall>(() => Promise.reject(unavailable()));
    const { bus, waits, lines, sent } = busWith([{ ...target, DeadLetterConfig: { Arn: QUEUE } }], awsCall);
    await bus.put(event);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(lines).toEqual([
      `traffic-Deployed: ERROR CloudFormation Stack Status Change did not reach ${MACHINE}: ServiceUnavailable: no`,
    ]);
    expect(sent).toMatchObject([
      {
        QueueUrl: 'http://queues/000000000000/traffic-Dead',
        MessageBody: JSON.stringify(event),
        MessageAttributes: { ERROR_CODE: { DataType: 'String', StringValue: 'ServiceUnavailable' } },
      },
    ]);
  });

  test('because it may not, is not asked again', async () => {
    const awsCall = failing(new AwsError('AccessDeniedException', 'role may not'));
    const { bus, lines, sent } = busWith([target], awsCall);
    await bus.put(event);
    expect(awsCall).toHaveBeenCalledTimes(1);
    expect(lines).toEqual([expect.stringContaining('AccessDeniedException: role may not')]);
    expect(sent).toEqual([]);
  });

  test('is asked as often and as long as the rule says', async () => {
    const asked = async (RetryPolicy: JsonObject) => {
      const awsCall = vi.fn<AwsCall>(() => Promise.reject(unavailable()));
      await busWith([{ ...target, RetryPolicy }], awsCall).bus.put(event);
      return awsCall.mock.calls.length;
    };
    expect(await asked({ MaximumRetryAttempts: 0 })).toBe(1);
    expect(await asked({ MaximumRetryAttempts: 2 })).toBe(3);
  });

  test('is not asked again after the stage has ended', async () => {
    const awsCall = vi.fn<AwsCall>(async () => {
      bus.close();
      throw unavailable();
    });
    const { bus } = busWith([target], awsCall);
    await bus.put(event);
    expect(awsCall).toHaveBeenCalledTimes(1);
  });
});

test('an event has the envelope of AWS', () => {
  expect(event).toEqual({
    version: '0',
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    'detail-type': 'CloudFormation Stack Status Change',
    source: 'aws.cloudformation',
    account: '000000000000',
    time: '2026-01-01T00:00:00Z',
    region: 'eu-central-1',
    resources: ['arn:stack'],
    detail: {
      'stack-id': 'arn:stack',
      'status-details': { status: 'CREATE_COMPLETE', 'status-reason': '' },
    },
  });
});

describe('a rule', () => {
  test.each<JsonObject>([
    { ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 'a', Arn: 'arn:aws:lambda:function' }] },
    { EventPattern: pattern, State: 'DISABLED', Targets: [target] },
  ])('that does not fire: %j', (properties) => {
    expect(readRule('rule', properties)).toBeUndefined();
  });

  test.each<[JsonObject, RegExp]>([
    [{ EventPattern: pattern, EventBusName: 'other' }, /only the default bus/],
    [{ EventPattern: pattern, Targets: [{ ...target, Arn: 'arn:aws:lambda:f' }] }, /only state machines/],
    [{ EventPattern: pattern, Targets: [{ ...target, EcsParameters: {} }] }, /EcsParameters/],
    [{ EventPattern: pattern, RoleArn: 'arn' }, /RoleArn/],
  ])('%j is refused', (properties, message) => {
    expect(() => readRule('rule', properties)).toThrow(message);
  });
});
