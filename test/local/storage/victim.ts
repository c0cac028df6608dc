import { startDynamoDb } from '../../../local/dynamodb/engine.ts';
import { accountId, createMessagingEngine, region } from '../../../local/messaging/engine.ts';
import { openStorage } from '../../../local/storage/storage.ts';

// A process to be killed: writes without end, and reports what it was answered.
const [, , dir = ''] = process.argv;
const storage = openStorage(dir, 'dev-test');
const dynamoDb = await startDynamoDb({ region, accountId, path: storage.dynamoDbPath });
await dynamoDb.createTable(
  {
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  },
  'items',
);
const messaging = await createMessagingEngine({ region, store: storage.messages });
const topic = messaging.createTopic('events');
for (const name of ['first', 'second'])
  messaging.subscribe(topic.arn, messaging.createQueue(name, {}).arn, {});

for (let n = 0; ; n += 1) {
  const pk = String(n);
  await dynamoDb.call('PutItem', { TableName: 'items', Item: { pk: { S: pk } } });
  messaging.call('Publish', 'sns', { TopicArn: topic.arn, Message: pk });
  storage.keyValues.put('last', pk);
  process.send?.(n);
}
