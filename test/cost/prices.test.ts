import { expect, test } from 'vitest';
import { charge } from '../../cost/bill.ts';
import { type Price, PriceFile, PriceKey, pricesOf, REGIONS } from '../../cost/prices/prices.ts';
import { Unit } from '../../local/metering/meter-reading.ts';

const price = (own: Partial<Price>): Price => ({
  per: 1_000_000,
  tiers: [{ usd: 1 }],
  source: 'https://aws.amazon.com/',
  confirmed: true,
  ...own,
});

test.each(REGIONS)('%s prices all that the meter counts, and all that stands there', (region) => {
  const { region: named, prices } = pricesOf(region);

  expect(named).toBe(region);
  expect(Object.keys(prices).sort()).toEqual([...PriceKey.options].sort());
  // The load balancer's are billed as LCU-hours.
  const byLcu = Unit.options.filter((unit) => !(unit in prices));
  expect(byLcu).toEqual(['load-balancer:requests', 'load-balancer:bytes']);
});

test.each(REGIONS)('every price of %s has a source, and a note where it is not confirmed', (region) => {
  for (const { source, confirmed, note } of Object.values(pricesOf(region).prices)) {
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
    if (!confirmed) expect(note).toBeDefined();
  }
});

test('what a command costs most by is confirmed in Virginia', () => {
  const { prices } = pricesOf('us-east-1');

  for (const key of [
    'api-gateway:requests',
    'waf:requests',
    'dynamodb:write-units',
    'dynamodb:read-units',
    'logs:bytes',
    'sns:requests',
    'step-functions:express-requests',
  ] as const) {
    expect(prices[key].confirmed, key).toBe(true);
  }
});

test('a file without one of the prices is refused', () => {
  const { prices, ...file } = pricesOf('us-east-1');
  const { 'sns:requests': _, ...others } = prices;

  expect(PriceFile.safeParse({ ...file, prices }).success).toBe(true);
  expect(PriceFile.safeParse({ ...file, prices: others }).success).toBe(false);
});

test.each([
  ['that do not ascend', [{ usd: 3, upTo: 20 }, { usd: 2, upTo: 10 }, { usd: 1 }]],
  ['that end', [{ usd: 3, upTo: 20 }]],
  ['of which one in the middle is open', [{ usd: 3 }, { usd: 2, upTo: 10 }]],
])('tiers %s are refused', (_, tiers) => {
  const file = pricesOf('us-east-1');

  const changed = { ...file, prices: { ...file.prices, 'sns:requests': price({ tiers }) } };

  expect(PriceFile.safeParse(changed).success).toBe(false);
});

test('a region without prices says which there are', () => {
  expect(() => pricesOf('eu-west-1')).toThrow("There are no prices of 'eu-west-1'. There are eu-central-1");
});

test('what is used costs its share of what the price is for', () => {
  expect(charge(price({ per: 10_000, tiers: [{ usd: 0.03 }] }), 25_000, false)).toBeCloseTo(0.075, 10);
});

test('each tier holds for its own part', () => {
  const tiers = [{ usd: 3.7, upTo: 333e6 }, { usd: 3.19, upTo: 1000e6 }, { usd: 2.71 }];

  // 333 × 3.70 + 667 × 3.19 + 2,000 × 2.71
  expect(charge(price({ tiers }), 3000e6, false)).toBeCloseTo(1232.1 + 2127.73 + 5420, 6);
  expect(charge(price({ tiers }), 333e6, false)).toBeCloseTo(1232.1, 6);
});

test('the free tier is left out only if asked for', () => {
  const free = price({ free: 1_000_000 });

  expect(charge(free, 3_000_000, false)).toBeCloseTo(3, 10);
  expect(charge(free, 3_000_000, true)).toBeCloseTo(2, 10);
  expect(charge(free, 500_000, true)).toBe(0);
});
