import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { allStages, type Resource, type SynthesisedStage, withoutGreen } from './synthesis.ts';

const FOURTEEN_DAYS = 14 * 24 * 3600;

/** Which queues a topic delivers to, and what passes the filter; a subscription without a filter has `null`. */
const SUBSCRIPTIONS = {
  'blue/EventProcessing/PersistenceQueue': {
    topic: 'blue/EventProcessing/Events',
    filter: { status: ['CREATED', 'PENDING', 'RUNNING', 'EXECUTED', 'FAILED'] },
  },
  'blue/EventProcessing/DistributionQueue': {
    topic: 'blue/EventProcessing/Events',
    filter: { final: ['true'] },
  },
  'blue/EventProcessing/LifecycleQueue': {
    topic: 'blue/EventProcessing/Events',
    filter: { status: ['CREATED'] },
  },
  'blue/IncomingVehicleCommunication/Messages': {
    topic: 'blue/IncomingVehicleCommunication/VehicleMessages',
    filter: null,
  },
};

const Redrive = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.int().optional() });
const Dimensions = z.tuple([z.object({ Value: z.string() })]);
const PolicyDocument = z.object({
  Statement: z.array(z.looseObject({ Effect: z.string(), Resource: z.string() })),
});
const byResource = (a: { Resource: string }, b: { Resource: string }) => (a.Resource < b.Resource ? -1 : 1);

const redriveOf = ({ properties }: Resource) => Redrive.parse(properties.RedrivePolicy);
const hasRedrive = ({ properties }: Resource) => properties.RedrivePolicy !== undefined;

interface Consumption {
  readonly queue: string;
  readonly consumer: string;
  /** The longest that one batch may take. */
  readonly seconds: number;
  /** How long it may be gathered before. */
  readonly window: number;
}

function consumptionsOf(stage: SynthesisedStage): Consumption[] {
  const byFunctions = stage.all('AWS::Lambda::EventSourceMapping').map(({ properties }) => {
    const consumer = String(properties.FunctionName);
    const seconds = Number(stage.at(consumer).properties.Timeout);
    const window = Number(properties.MaximumBatchingWindowInSeconds ?? 0);
    return { queue: String(properties.EventSourceArn), consumer, seconds, window };
  });
  const byPipes = stage.all('AWS::Pipes::Pipe').map(({ properties }) => {
    const consumer = String(properties.Target);
    const definition = JSON.parse(String(stage.at(consumer).properties.DefinitionString));
    const seconds = Number(definition.TimeoutSeconds);
    return { queue: String(properties.Source), consumer, seconds, window: 0 };
  });
  return [...byFunctions, ...byPipes];
}

describe.each(allStages().map(withoutGreen))('in $config.name', (stage) => {
  const queues = stage.all('AWS::SQS::Queue');
  // Warnings go to people, by e-mail.
  const subscriptions = stage.all('AWS::SNS::Subscription').filter(({ path }) => !path.startsWith('expiry/'));
  const consumptions = consumptionsOf(stage);
  const consumed = consumptions.map(({ queue }) => queue);
  const deadLetterQueues = [...queues, ...subscriptions]
    .filter(hasRedrive)
    .map((source) => redriveOf(source).deadLetterTargetArn);

  test('every queue has one consumer, or holds dead letters', () => {
    expect([...consumed, ...deadLetterQueues].sort()).toEqual(queues.map(({ path }) => path).sort());
  });

  test('every queue that something consumes has a dead-letter queue after at least five tries', () => {
    for (const queue of consumed) {
      expect(redriveOf(stage.at(queue)), queue).toEqual({
        deadLetterTargetArn: queue.replace(/\/Queue$/, '/DeadLetters'),
        maxReceiveCount: expect.toSatisfy((count: number) => count >= 5),
      });
    }
  });

  test('every queue is tagged with its name, and one of dead letters with how they came there', () => {
    const expected = queues.map(({ path }) => {
      const [environment, ...name] = path.split('/').slice(0, -1);
      const kind = { DeadLetters: 'received', UndeliveredLetters: 'undelivered' }[
        path.split('/').at(-1) ?? ''
      ];
      const shared = ['shared', 'vehicle-simulator'].includes(environment ?? '');
      return [path, shared ? 'shared' : environment, name.join('/'), kind];
    });
    const tagged = queues.map(({ path, tags }) => [
      path,
      tags?.environment,
      tags?.queue,
      tags?.['dead-letters'],
    ]);
    expect(tagged).toEqual(expected);
  });

  test('the dead letters of a queue are found by its name and environment, which no other queue has', () => {
    const names = queues
      .filter(({ tags }) => tags?.['dead-letters'] === undefined)
      .map(({ tags }) => `${tags?.environment}/${tags?.queue}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.sort()).toEqual(
      [...new Set(queues.map(({ tags }) => `${tags?.environment}/${tags?.queue}`))].sort(),
    );
  });

  test('dead letters wait for a person as long as SQS allows', () => {
    for (const queue of deadLetterQueues) {
      expect(stage.at(queue).properties.MessageRetentionPeriod, queue).toBe(FOURTEEN_DAYS);
    }
  });

  test('every dead-letter queue has an alarm on its first message; a stage without alarms has none', () => {
    // Those of game days and of releases are about several metrics.
    const ofQueues = stage
      .all('AWS::CloudWatch::Alarm')
      .filter(({ path }) => !/^(game-days|traffic\/Health)\//.test(path));
    const alarmed = ofQueues.map(({ path, properties }) => {
      expect(properties, path).toMatchObject({
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: expect.any(String) }],
        Statistic: 'Maximum',
        Period: 60,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: 1,
        TreatMissingData: 'notBreaching',
        AlarmDescription: expect.stringContaining('docs/operations.md#'),
      });
      return Dimensions.parse(properties.Dimensions)[0].Value.replace(/\.QueueName$/, '');
    });
    expect(alarmed.sort()).toEqual(stage.config.alarms ? deadLetterQueues.sort() : []);
  });

  test('a message stays invisible for six times as long as its consumer may work on it, and the window', () => {
    const tooShort = consumptions.filter(
      ({ queue, seconds, window }) =>
        !(Number(stage.at(queue).properties.VisibilityTimeout) >= 6 * seconds + window),
    );
    expect(tooShort).toEqual([]);
  });

  test('every event source takes batches of 10, watches alone gather, and only failed records come back', () => {
    const mappings = stage.all('AWS::Lambda::EventSourceMapping');
    const gathering = mappings.filter(({ properties }) => 'MaximumBatchingWindowInSeconds' in properties);
    expect(gathering.map(({ properties }) => properties.EventSourceArn).sort()).toEqual([
      'blue/EventProcessing/DelayQueue/Queue',
      'blue/EventProcessing/LifecycleQueue/Queue',
    ]);
    for (const { path, properties } of mappings) {
      expect(properties, path).toEqual({
        FunctionName: expect.any(String),
        EventSourceArn: expect.any(String),
        BatchSize: 10,
        ...(gathering.some((mapping) => mapping.path === path) ? { MaximumBatchingWindowInSeconds: 2 } : {}),
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: {
          MaximumConcurrency: expect.toSatisfy((limit: number) => limit >= 2 && limit <= 1000),
        },
        Tags: expect.anything(),
      });
    }
  });

  test('every subscription delivers raw, has a dead-letter queue of its own, and filters as said', () => {
    const delivered = subscriptions.map(({ properties }) => {
      const { Endpoint, TopicArn, FilterPolicy = null, ...others } = properties;
      const queue = String(Endpoint).replace(/\/Queue$/, '');
      // Nothing else: FilterPolicyScope would move the filter from the attributes to the body.
      expect(others, queue).toEqual({
        Protocol: 'sqs',
        RawMessageDelivery: true,
        RedrivePolicy: { deadLetterTargetArn: `${queue}/UndeliveredLetters` },
      });
      return [queue, { topic: TopicArn, filter: FilterPolicy }];
    });
    expect(Object.fromEntries(delivered)).toEqual(SUBSCRIPTIONS);
    expect(delivered).toHaveLength(Object.keys(SUBSCRIPTIONS).length);
  });

  test('a topic may send to the queues of its subscriptions, and real brokers to the incoming queue', () => {
    const senders = stage
      .all('AWS::SQS::QueuePolicy')
      .flatMap(({ properties }) => PolicyDocument.parse(properties.PolicyDocument).Statement)
      .filter(({ Effect }) => Effect === 'Allow');
    const expected: { Resource: string }[] = Object.entries(SUBSCRIPTIONS).flatMap(([queue, { topic }]) =>
      ['Queue', 'UndeliveredLetters'].map((name) => ({
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 'sns.amazonaws.com' },
        Resource: `${queue}/${name}`,
        Condition: { ArnEquals: { 'aws:SourceArn': topic } },
      })),
    );
    const broker = {
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Principal: { AWS: '<BrokerRoleArn>' },
      Resource: 'shared/Incoming/Queue',
    };
    if (stage.config.broker === 'http') expected.push(broker);
    expect(senders.sort(byResource)).toEqual(expected.sort(byResource));
  });

  test('queues and topics are encrypted and refuse unencrypted connections', () => {
    for (const { path, properties } of queues) expect(properties.SqsManagedSseEnabled, path).toBe(true);
    for (const { path, properties } of stage.all('AWS::SNS::Topic')) {
      expect(properties.KmsMasterKeyId, path).toContain('alias/aws/sns');
    }
    const policies = [...stage.all('AWS::SQS::QueuePolicy'), ...stage.all('AWS::SNS::TopicPolicy')];
    expect(policies).toHaveLength(queues.length + stage.all('AWS::SNS::Topic').length);
    for (const { path, properties } of policies) {
      expect(properties.PolicyDocument, path).toMatchObject({
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      });
    }
  });
});
