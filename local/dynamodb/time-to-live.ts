import { setTimeout as wait } from 'node:timers/promises';
import { AwsError, type JsonObject } from '../aws.ts';
import type { TimeToLive } from './table.ts';

type Call = (action: string, input: JsonObject) => Promise<JsonObject>;

/** DynamoDB leaves alone what expired longer ago, taking it for a mistake; 5 years, in seconds. */
const OLDEST_SECONDS = 5 * 365 * 24 * 3600;

/** Items looked at in one step: small, so that a sweep keeps other calls waiting for a few milliseconds only. */
const PAGE_SIZE = 200;

/** After a step, as a multiple of its time: a sweep looks at every item, of which there may be millions. */
const PAUSE = 50;

/**
 * Deletes a table's expired items, as DynamoDB does (which takes days; an item is readable until then).
 * @param now seconds since the epoch
 * @returns how many it deleted
 */
export async function sweepExpired(
  call: Call,
  table: string,
  { attribute, keys }: TimeToLive,
  now: number,
): Promise<number> {
  const expired = {
    ExpressionAttributeNames: { '#expiry': attribute },
    ExpressionAttributeValues: { ':now': { N: String(now) }, ':oldest': { N: String(now - OLDEST_SECONDS) } },
  };
  const condition = '#expiry < :now AND #expiry > :oldest';
  let deleted = 0;
  let page: JsonObject = {};
  do {
    const begin = performance.now();
    page = await call('Scan', {
      TableName: table,
      Limit: PAGE_SIZE,
      FilterExpression: condition,
      ...expired,
      ...(page.LastEvaluatedKey === undefined ? {} : { ExclusiveStartKey: page.LastEvaluatedKey }),
    });
    for (const item of (page.Items ?? []) as JsonObject[]) {
      const key = Object.fromEntries(keys.map((name) => [name, item[name] ?? null]));
      // The item may have been given more time since it was read.
      const input = { TableName: table, Key: key, ConditionExpression: condition, ...expired };
      if (await deletes(call, input)) deleted += 1;
    }
    if (page.LastEvaluatedKey !== undefined) {
      await wait((performance.now() - begin) * PAUSE, undefined, { ref: false });
    }
  } while (page.LastEvaluatedKey !== undefined);
  return deleted;
}

async function deletes(call: Call, input: JsonObject): Promise<boolean> {
  try {
    await call('DeleteItem', input);
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
