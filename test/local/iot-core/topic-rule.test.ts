import { describe, expect, it, vi } from 'vitest';
import { GENERATIONS } from '../../../functions/vehicle-generations/generations.ts';
import { stageConfig } from '../../../lib/stages.ts';
import type { AwsCall, JsonObject } from '../../../local/aws.ts';
import { applyTopicRules, readTopicRule, type TopicRule } from '../../../local/iot-core/topic-rule.ts';
import { VIN } from '../../factories.ts';
import { synthesise } from '../../lib/synthesis.ts';

const SQL =
  "SELECT topic() AS topic, encode(*, 'base64') AS payload, lower('base64') AS encoding FROM 'vehicles/+/answers'";
const toQueue = (QueueUrl: string) => ({ Sqs: { QueueUrl, RoleArn: 'role', UseBase64: false } });

const properties = (changes: JsonObject = {}): JsonObject => ({
  TopicRulePayload: {
    AwsIotSqlVersion: '2016-03-23',
    Sql: SQL,
    Actions: [toQueue('queue')],
    ErrorAction: toQueue('dead-letters'),
    ...changes,
  },
});

describe('a rule', () => {
  it('says what goes where, in which role', () => {
    const rule = { topicFilter: 'vehicles/+/answers', queueUrl: 'queue', role: 'role' };
    expect(readTopicRule(properties())).toEqual(rule);
  });

  it.each<[string, JsonObject, RegExp]>([
    ['statement', { Sql: "SELECT * FROM 'vehicles/+/answers'" }, /does not know the statement SELECT \*/],
    ['action', { Actions: [{ Lambda: { FunctionArn: 'x' } }] }, /Lambda/],
    ['number of actions', { Actions: [toQueue('a'), toQueue('b')] }, /Actions/],
    ['property', { RuleDisabled: true }, /RuleDisabled/],
  ])('of another %s is refused', (_, changes, fault) => {
    expect(() => readTopicRule(properties(changes))).toThrow(fault);
  });
});

describe('what is published', () => {
  const rule = (topicFilter: string): TopicRule => ({ topicFilter, queueUrl: topicFilter, role: 'role' });
  const apply = async (filters: string[], topic: string, payload = Buffer.from('x')) => {
    const awsCall = vi.fn<AwsCall>(async () => ({}));
    await applyTopicRules(filters.map(rule), awsCall, topic, payload);
    return awsCall.mock.calls.map(([call]) => call);
  };

  it('goes to the queue, as it is, in the role of the rule', async () => {
    const payload = Buffer.from([0xff, 0]);
    expect(await apply(['vehicles/+/answers'], 'vehicles/V/answers', payload)).toEqual([
      {
        service: 'sqs',
        action: 'SendMessage',
        role: 'role',
        input: {
          QueueUrl: 'vehicles/+/answers',
          MessageBody: JSON.stringify({
            topic: 'vehicles/V/answers',
            payload: payload.toString('base64'),
            encoding: 'base64',
          }),
        },
      },
    ]);
  });

  it.each([
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a/b/d', false],
    ['a/+', 'a/b/c', false],
    ['a/+/c', 'x/a/b/c', false],
    ['a/#', 'a/b/c', true],
    ['a/b/c/#', 'a/b', false],
    ['a.b', 'aXb', false],
  ])('on a topic is for a rule: %s, %s: %s', async (filter, topic, applies) => {
    expect(await apply([filter], topic)).toHaveLength(applies ? 1 : 0);
  });

  it('by a vehicle is for one rule of the template, whatever its topic', async () => {
    const { all } = synthesise(stageConfig('dev-x', { broker: 'iot-core' }));
    const filters = all('AWS::IoT::TopicRule').map(({ properties }) => readTopicRule(properties).topicFilter);
    const topics = GENERATIONS.flatMap(({ answerTopic, reportTopic }) => [
      answerTopic(VIN),
      reportTopic(VIN),
    ]);
    for (const topic of topics) expect(await apply(filters, topic)).toHaveLength(1);
  });
});
