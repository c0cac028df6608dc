import { expect, test } from 'vitest';
import { GENERATIONS } from '../../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../../functions/vehicle-generations/vehicle-generation.ts';
import { stageConfig } from '../../../lib/stages.ts';
import { synthesise } from '../synthesis.ts';

const withMock = synthesise(stageConfig('dev-x'));
const stage = synthesise(stageConfig('dev-x', { broker: 'iot-core' }));
const rules = stage.all('AWS::IoT::TopicRule').map(({ properties }) => properties.TopicRulePayload);

/** The topics that vehicles of the generation publish on. */
const published = (generation: VehicleGeneration, vin: string) => [
  generation.answerTopic(vin),
  generation.reportTopic(vin),
];

test('whatever vehicles of any generation publish goes to the incoming queue, with its topic, as base64', () => {
  const to = (queueUrl: string) => ({
    Sqs: { QueueUrl: queueUrl, RoleArn: 'traffic/IotCore/RuleRole', UseBase64: false },
  });
  const topics = GENERATIONS.flatMap((generation) => published(generation, '+'));
  expect(rules).toEqual(
    topics.map((topic) => ({
      Description: expect.stringMatching(/^[A-Z].{20}/),
      AwsIotSqlVersion: '2016-03-23',
      Sql: `SELECT topic() AS topic, encode(*, 'base64') AS payload, lower('base64') AS encoding FROM '${topic}'`,
      Actions: [to('shared/Incoming/Queue')],
      ErrorAction: to('shared/Incoming/DeadLetters'),
    })),
  );
});

test('a rule comes up after its role may do what the rule does', () => {
  for (const { path, dependsOn } of stage.all('AWS::IoT::TopicRule')) {
    expect(dependsOn, path).toContain('traffic/IotCore/RuleRole/DefaultPolicy');
  }
});

test.each(GENERATIONS)(
  'a vehicle of $name connects, listens and speaks as itself, and nothing else',
  (of) => {
    const arn = (resource: string) => `arn:aws:iot:region:account:${resource}`;
    const self = `\${iot:Connection.Thing.ThingName}`;
    const allowed = (Action: string, Resource: string | string[]) => ({ Effect: 'Allow', Action, Resource });
    const { properties } = stage.at(`traffic/IotCore/Vehicle-${of.name}`);
    expect(properties.PolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [
        allowed('iot:Connect', arn(`client/${self}`)),
        allowed('iot:Subscribe', arn(`topicfilter/${of.commandTopic(self)}`)),
        allowed('iot:Receive', arn(`topic/${of.commandTopic(self)}`)),
        allowed(
          'iot:Publish',
          published(of, self).map((topic) => arn(`topic/${topic}`)),
        ),
      ],
    });
    // AWS IoT Core's limit, without white space.
    expect(JSON.stringify(properties.PolicyDocument).length).toBeLessThan(2048);
  },
);

test('each generation has its policy, and other brokers have none of this', () => {
  expect(stage.all('AWS::IoT::Policy')).toHaveLength(GENERATIONS.length);
  expect(withMock.resources.filter(({ type }) => type.startsWith('AWS::IoT::'))).toEqual([]);
});

test('a stage whose broker is the mock has a simulator', () => {
  expect(() => synthesise({ ...stageConfig('dev-x'), vehicleSimulator: false })).toThrow(
    "The stage 'dev-x' has the simulator's broker, but no simulator: see lib/stages.ts",
  );
});
