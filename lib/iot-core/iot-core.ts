import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';
import type { ConsumedQueue } from '../queue.ts';
import { iotArn, publishedTopics } from './topics.ts';

/** AWS IoT Core's variable for the thing that the certificate of a connection is attached to: the VIN. */
const OWN_NAME = `\${iot:Connection.Thing.ThingName}`;

/** What the broker needs where it is AWS IoT Core: the rules to the incoming queue, and what vehicles may do. */
export class IotCore extends Construct {
  constructor(scope: Construct, id: string, { incomingQueue }: { incomingQueue: ConsumedQueue }) {
    super(scope, id);
    const role = new Role(this, 'RuleRole', { assumedBy: new ServicePrincipal('iot.amazonaws.com') });
    incomingQueue.grantSendMessages(role);
    incomingQueue.deadLetterQueue.grant(role, 'sqs:SendMessage');
    const to = (queueUrl: string) => ({ sqs: { queueUrl, roleArn: role.roleArn, useBase64: false } });

    for (const generation of GENERATIONS) {
      for (const topic of publishedTopics(generation, '+')) {
        const rule = new CfnTopicRule(this, `Rule-${topic.replaceAll(/\W+/g, '-')}`, {
          topicRulePayload: {
            description: 'Puts what vehicles publish on the incoming queue',
            awsIotSqlVersion: '2016-03-23',
            sql: deliveries(topic),
            actions: [to(incomingQueue.queue.queueUrl)],
            errorAction: to(incomingQueue.deadLetterQueue.queueUrl),
          },
        });
        // With its policy, or the first messages are lost: the error action needs it as well.
        rule.node.addDependency(role);
      }
      new CfnPolicy(this, `Vehicle-${generation.name}`, { policyDocument: this.#vehiclePolicy(generation) });
    }
  }

  /** A vehicle connects under its own name, takes its own commands, and answers and reports for itself. */
  #vehiclePolicy(generation: VehicleGeneration): PolicyDocument {
    const commands = generation.commandTopic(OWN_NAME);
    const allow = (action: string, ...resources: string[]) =>
      new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources });
    return new PolicyDocument({
      statements: [
        allow('iot:Connect', iotArn(this, 'client', OWN_NAME)),
        allow('iot:Subscribe', iotArn(this, 'topicfilter', commands)),
        allow('iot:Receive', iotArn(this, 'topic', commands)),
        allow(
          'iot:Publish',
          ...publishedTopics(generation, OWN_NAME).map((topic) => iotArn(this, 'topic', topic)),
        ),
      ],
    });
  }
}

/**
 * A `BrokerDelivery` of each message. A payload need not be JSON, nor text, and IoT Core's SQL reads such ones only
 * as a whole and through functions: hence the function around the constant.
 */
const deliveries = (topicFilter: string): string =>
  `SELECT topic() AS topic, encode(*, 'base64') AS payload, lower('base64') AS encoding FROM '${topicFilter}'`;
