import { expect, test } from 'vitest';
import { Watch } from '../../functions/event-processing/watch.ts';
import { watchQueue } from '../../functions/event-processing/watch-queue.ts';
import type { MessagingEngine } from '../../local/messaging/engine.ts';
import { eventOf, REQUESTED_AT } from '../factories.ts';
import { sqsClient, startMessaging } from '../local/messaging/start.ts';

const watchIn = (seconds: number): Watch => ({
  event: eventOf('PENDING', { id: `in ${seconds} s` }),
  deadline: REQUESTED_AT + seconds * 1000,
});
const watchesOn = (engine: MessagingEngine, arn: string) =>
  engine.peek(arn).map(({ body }) => Watch.parse(JSON.parse(body)));

test('watches wait on the queue, each as long as it needs', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('delay', {});
  const batch = [-1, 0, 20, 60, 900, 5000, 21, 22, 23, 24].map(watchIn);
  expect(await watchQueue(sqsClient(engine), url)(batch, REQUESTED_AT)).toEqual([]);
  const sent = watchesOn(engine, arn);
  expect(sent).toHaveLength(batch.length);
  expect(sent).toEqual(expect.arrayContaining(batch));
  // Those whose time has come already are visible at once.
  expect(engine.depth(arn)).toEqual({ visible: 2, inFlight: 0, delayed: 8 });
});

test('the watches that the queue refuses come back, the others are sent', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('small', { MaximumMessageSize: '1024' });
  const [one, other] = [watchIn(20), watchIn(30)];
  const payload = { text: 'x'.repeat(1024) };
  const large: Watch = { ...one, event: eventOf('PENDING', { data: { payload } }) };
  expect(await watchQueue(sqsClient(engine), url)([one, large, other], REQUESTED_AT)).toEqual([large]);
  expect(watchesOn(engine, arn)).toEqual([one, other]);
});

test('a queue that does not exist is an error', async () => {
  const engine = await startMessaging();
  const send = watchQueue(sqsClient(engine), `${engine.endpoint}/000000000000/none`);
  await expect(send([watchIn(20)], REQUESTED_AT)).rejects.toThrow(/does not exist/);
});
