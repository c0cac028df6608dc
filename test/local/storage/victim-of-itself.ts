import { createMessagingEngine, region } from '../../../local/messaging/engine.ts';
import { openStorage } from '../../../local/storage/storage.ts';

// A process that kills itself in the middle of a message's way to two queues.
const [, , dir = ''] = process.argv;
const { messages } = openStorage(dir, 'dev-test');
let puts = 0;
const store: typeof messages = {
  ...messages,
  put(...message) {
    messages.put(...message);
    puts += 1;
    if (puts === 2) process.kill(process.pid, 'SIGKILL');
  },
};
const messaging = await createMessagingEngine({ region, store });
const topic = messaging.createTopic('events');
for (const name of ['first', 'second'])
  messaging.subscribe(topic.arn, messaging.createQueue(name, {}).arn, {});
messaging.call('Publish', 'sns', { TopicArn: topic.arn, Message: 'half' });
