import { describe, expect, test } from 'vitest';
import { AuthorizerCache } from '../../../local/api-gateway/authorizer-cache.ts';

/** A cache whose answers are numbered. */
function numbered(ttl: number) {
  const clock = { now: 0 };
  const cache = new AuthorizerCache<number>(ttl, () => clock.now);
  let calls = 0;
  const get = (token: string) =>
    cache.get(token, async () => {
      calls += 1;
      return calls;
    });
  return { clock, cache, get };
}

describe('an answer', () => {
  test('is kept until its time is over', async () => {
    const { clock, get } = numbered(1000);
    expect(await get('a')).toBe(1);
    clock.now = 999;
    expect(await get('a')).toBe(1);
    clock.now = 1000;
    expect(await get('a')).toBe(2);
    clock.now = 1999;
    expect(await get('a')).toBe(2);
  });

  test('lives from when it came, not from when it was asked for', async () => {
    const { clock, cache, get } = numbered(1000);
    const late = Promise.withResolvers<number>();
    const asked = cache.get('a', () => late.promise);
    clock.now = 5000;
    late.resolve(7);
    await asked;
    clock.now = 5999;
    expect(await get('a')).toBe(7);
  });

  test('under way is shared', async () => {
    const { get } = numbered(1000);
    expect(await Promise.all([get('a'), get('b'), get('a')])).toEqual([1, 2, 1]);
  });

  test('is neither kept nor shared without a time to live', async () => {
    const { get } = numbered(0);
    expect(await Promise.all([get('a'), get('a')])).toEqual([1, 2]);
  });
});

test('a failure is shared, and then forgotten', async () => {
  const { cache, get } = numbered(1000);
  const fails = () => cache.get('a', () => Promise.reject(new Error('no')));
  const results = await Promise.allSettled([fails(), get('a')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await get('a')).toBe(1);
});

test('a thousand answers are kept: the oldest makes room', async () => {
  const { get } = numbered(1000);
  for (let token = 1; token <= 1001; token += 1) await get(String(token));
  expect(await get('2')).toBe(2);
  expect(await get('1001')).toBe(1001);
  expect(await get('1')).toBe(1002);
});
