import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expiry, lastUse } from '../../functions/expiry/expiry.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 4, 20);

const time = fc.integer({ min: 0, max: 60 * DAY_MS });
const use = fc.record({
  lastRequestAt: fc.option(time, { nil: undefined }),
  lastDeployedAt: time,
});
const days = fc.integer({ min: 4, max: 60 });
const rank = { keep: 0, warn: 1, expire: 2 } as const;

test.each([
  [0, 'keep'],
  [10.9, 'keep'],
  [11, 'warn'],
  [13.9, 'warn'],
  [14, 'expire'],
  [100, 'expire'],
])('a stage of 14 days that was used %s days ago: %s', (ago, verdict) => {
  const lastDeployedAt = NOW - ago * DAY_MS;
  expect(expiry({ lastRequestAt: undefined, lastDeployedAt }, 14, NOW)).toEqual({
    verdict,
    expiresAt: new Date(lastDeployedAt + 14 * DAY_MS),
  });
});

test('a stage that was just used or deployed stays, whatever was before', () => {
  fc.assert(
    fc.property(use, days, time, (before, expiresAfterDays, now) => {
      const used = { ...before, lastRequestAt: now };
      const deployed = { ...before, lastDeployedAt: now };
      expect(expiry(used, expiresAfterDays, now).verdict).toBe('keep');
      expect(expiry(deployed, expiresAfterDays, now).verdict).toBe('keep');
    }),
  );
});

test('as time goes by without use, a stage is kept, then warned on three days, then expires: never the other way', () => {
  fc.assert(
    fc.property(use, days, time, time, (of, expiresAfterDays, one, other) => {
      const [earlier, later] = one < other ? [one, other] : [other, one];
      const verdictAt = (now: number) => rank[expiry(of, expiresAfterDays, now).verdict];
      expect(verdictAt(earlier)).toBeLessThanOrEqual(verdictAt(later));
    }),
  );
  fc.assert(
    fc.property(use, days, fc.integer({ min: 0, max: DAY_MS - 1 }), (of, expiresAfterDays, offset) => {
      // Looked at once a day, from any time of the day on.
      const looks = Array.from({ length: 70 }, (_, day) => lastUse(of) + offset + day * DAY_MS);
      const verdicts = looks.map((now) => expiry(of, expiresAfterDays, now).verdict);
      expect(verdicts.filter((verdict) => verdict === 'warn')).toHaveLength(3);
      expect(verdicts.indexOf('expire')).toBe(expiresAfterDays);
    }),
  );
});
