import { type SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test, vi } from 'vitest';
import { sendTogether } from '../../vehicle-simulator/vehicle/send-together.ts';

type Entry = NonNullable<SendMessageBatchCommand['input']['Entries']>[number];

/** @param failed of the entries of a batch */
function queue(failed: (entry: Entry) => boolean = () => false) {
  const sqs = new SQSClient({ region: 'eu-central-1' });
  const batches: Entry[][] = [];
  vi.spyOn(sqs, 'send').mockImplementation(async (command) => {
    const { Entries = [] } = (command as SendMessageBatchCommand).input;
    batches.push(Entries);
    return { Failed: Entries.filter(failed).map(({ Id }) => ({ Id, Code: 'Full' })) };
  });
  return { send: sendTogether(sqs, 'http://queue'), batches, sqs };
}

const bodiesOf = (batches: readonly Entry[][]) =>
  batches.map((entries) => entries.map(({ MessageBody }) => MessageBody));

test('what is sent at once goes ten at a time', async () => {
  const { send, batches } = queue();
  const texts = Array.from({ length: 21 }, (_, index) => `text ${index}`);
  await Promise.all(texts.map((text) => send(text, 3)));
  expect(bodiesOf(batches)).toEqual([texts.slice(0, 10), texts.slice(10, 20), texts.slice(20)]);
  expect(batches.flat().every(({ DelaySeconds }) => DelaySeconds === 3)).toBe(true);
  await send('later', 0);
  expect(bodiesOf(batches).at(-1)).toEqual(['later']);
});

test('large messages do not go together', async () => {
  const { send, batches } = queue();
  const large = 'x'.repeat(200 * 1024);
  await Promise.all([send('small', 0), send(large, 0), send(large, 0)]);
  expect(batches.map(({ length }) => length)).toEqual([2, 1]);
});

test('only what the queue refused has failed', async () => {
  const { send } = queue(({ MessageBody }) => MessageBody === 'bad');
  const results = await Promise.allSettled(['good', 'bad', 'good'].map((text) => send(text, 0)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('without an answer all have failed', async () => {
  const { send, sqs } = queue();
  vi.mocked(sqs.send).mockImplementation(() => Promise.reject(new Error('down')));
  const results = await Promise.allSettled([send('a', 0), send('b', 0)]);
  expect(results).toMatchObject(Array(2).fill({ status: 'rejected', reason: { message: 'down' } }));
});
