import { beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { logger } from '../functions/logger.ts';
import { batchResponse, handleBodies, handleRecords, parseBatch } from '../functions/sqs-batch.ts';
import { failed } from './aws-environment.ts';
import { sqsRecord } from './factories.ts';

const Body = z.object({ n: z.int() });

beforeEach(() => {
  vi.spyOn(logger, 'error').mockReturnValue();
  vi.spyOn(logger, 'warn').mockReturnValue();
});

const ids = (records: readonly { messageId: string }[]) => records.map(({ messageId }) => messageId);

test('a batch is parsed record by record', () => {
  const records = [
    sqsRecord({ n: 1 }, 'good'),
    sqsRecord({ n: 'x' }, 'wrong type'),
    sqsRecord('{"n":', 'no JSON'),
    sqsRecord('', 'empty'),
    sqsRecord({ n: 2, more: true }, 'good too'),
  ];
  const { parsed, malformed } = parseBatch(records, Body);
  expect(parsed).toEqual([
    { record: records[0], body: { n: 1 } },
    { record: records[4], body: { n: 2 } },
  ]);
  expect(ids(malformed)).toEqual(['wrong type', 'no JSON', 'empty']);
});

test('the response names exactly the records that come back', () => {
  expect(batchResponse([])).toEqual(failed());
  expect(batchResponse([sqsRecord({}, 'a'), sqsRecord({}, 'b')])).toEqual(failed('a', 'b'));
});

test('a record that fails leaves the others alone', async () => {
  const handled: string[] = [];
  const response = await handleRecords(
    [sqsRecord({}, 'a'), sqsRecord({}, 'b'), sqsRecord({}, 'c')],
    async ({ messageId }) => {
      if (messageId === 'a') throw new Error('at once');
      await Promise.resolve();
      if (messageId === 'b') throw new Error('later');
      handled.push(messageId);
    },
  );
  expect(response).toEqual(failed('a', 'b'));
  expect(handled).toEqual(['c']);
});

test('records are handled at the same time', async () => {
  const both = Promise.withResolvers<void>();
  let started = 0;
  const handle = async () => {
    started += 1;
    if (started === 2) both.resolve();
    await both.promise;
  };
  expect(await handleRecords([sqsRecord({}, 'a'), sqsRecord({}, 'b')], handle)).toEqual(failed());
});

test('a malformed body fails without being handled', async () => {
  const handle = vi.fn(async () => undefined);
  const records = [sqsRecord('no JSON', 'a'), sqsRecord({ n: 7 }, 'b'), sqsRecord({}, 'c')];
  expect(await handleBodies(records, Body, handle)).toEqual(failed('a', 'c'));
  expect(handle.mock.calls).toEqual([[{ n: 7 }, records[1]]]);
});
