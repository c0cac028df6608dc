import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { filterAttributes, type RemoteServiceEvent } from './event.ts';

export type PublishEvent = (event: RemoteServiceEvent) => Promise<void>;

/** Publishes events to the events topic of this environment. */
export function eventPublisher(sns: SNSClient, topicArn: string): PublishEvent {
  return async (event) => {
    const attributes = Object.entries(filterAttributes(event)).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value },
    ]);
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Message: JSON.stringify(event),
        MessageAttributes: Object.fromEntries(attributes),
      }),
    );
  };
}
