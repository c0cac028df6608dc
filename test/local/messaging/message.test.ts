import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadFauxqs } from '../../../local/messaging/fauxqs.ts';

const { SqsStore, md5OfMessageAttributes } = await loadFauxqs();
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

test('each message has the digest of its own body, whichever came before', () => {
  const bodies = ['a', 'a', 'ä😀', 'a', '', '', 'b'];
  expect(bodies.map((body) => SqsStore.createMessage(body).md5OfBody)).toEqual(bodies.map(md5));
});

test('the digest of attributes is there for copies and for what keeps messages, too', () => {
  const attributes = { status: { DataType: 'String', StringValue: 'CREATED' } };
  const message = SqsStore.createMessage('a', attributes);
  const digest = md5OfMessageAttributes(attributes);
  expect(digest).toMatch(/^[0-9a-f]{32}$/);
  expect({ ...message }.md5OfMessageAttributes).toBe(digest);
  expect(JSON.parse(JSON.stringify(message))).toMatchObject({ md5OfMessageAttributes: digest });
  expect(SqsStore.createMessage('a').md5OfMessageAttributes).toBe('');
});

test('a delay counts from when the message was sent', () => {
  const { sentTimestamp, delayUntil } = SqsStore.createMessage('a', {}, 5);
  expect(delayUntil).toBe(sentTimestamp + 5000);
  expect(SqsStore.createMessage('a')).not.toHaveProperty('delayUntil');
});
