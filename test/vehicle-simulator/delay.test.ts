import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Delay, delayBounds, drawDelay, later } from '../../vehicle-simulator/delay.ts';

const ms = fc.integer({ min: 0, max: 900_000 });
const plus = fc.option(ms, { nil: undefined });
const withPlus = <T extends object>(arbitrary: fc.Arbitrary<T>) =>
  fc
    .tuple(arbitrary, plus)
    .map(([delay, value]) => (value === undefined ? delay : { ...delay, plus: value }));

const uniform = withPlus(
  fc.tuple(ms, ms).map(([one, other]) => ({
    uniform: [Math.min(one, other), Math.max(one, other)] as [number, number],
  })),
);
const normal = withPlus(fc.record({ normal: fc.record({ mean: ms, deviation: ms }) }));
const exponential = withPlus(fc.record({ exponential: fc.record({ mean: ms.map((mean) => mean || 1) }) }));
const delays: fc.Arbitrary<Delay> = fc
  .oneof(ms, uniform, normal, exponential)
  .map((delay) => Delay.parse(delay));

describe('a delay', () => {
  test('is whole milliseconds within its bounds, and those of SQS', () => {
    fc.assert(
      fc.property(delays, fc.string(), (delay, key) => {
        const [least, most] = delayBounds(delay);
        const drawn = drawDelay(delay, key);
        expect(Number.isInteger(drawn)).toBe(true);
        expect(least).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeGreaterThanOrEqual(least);
        expect(drawn).toBeLessThanOrEqual(most);
        expect(most).toBeLessThanOrEqual(900_000);
      }),
    );
  });

  test('is always the same for the same key', () => {
    fc.assert(
      fc.property(delays, fc.string(), (delay, key) => {
        expect(drawDelay(delay, key)).toBe(drawDelay(structuredClone(delay), key));
      }),
    );
  });

  test('that is counted from later on is later by just that', () => {
    const early = fc.oneof(
      fc.integer({ min: 0, max: 10_000 }),
      fc.constant({ uniform: [100, 9000] } satisfies Delay),
      fc.constant({ normal: { mean: 5000, deviation: 100 }, plus: 7 } satisfies Delay),
      fc.constant({ exponential: { mean: 500 } } satisfies Delay),
    );
    fc.assert(
      fc.property(early, fc.integer({ min: 0, max: 10_000 }), fc.string(), (delay, by, key) => {
        expect(drawDelay(later(delay, by), key)).toBeCloseTo(drawDelay(delay, key) + by, -0.5);
      }),
    );
  });
});

describe('what is drawn', () => {
  const drawn = (delay: Delay) =>
    Array.from({ length: 2000 }, (_, index) => drawDelay(delay, `key ${index}`));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  test.each<[string, Delay, number]>([
    ['uniform', { uniform: [1000, 3000] }, 2000],
    ['normal', { normal: { mean: 2000, deviation: 200 } }, 2000],
    ['exponential', { exponential: { mean: 2000 } }, 2000],
    ['from later on', { exponential: { mean: 1000 }, plus: 1000 }, 2000],
  ])('is %s: around its mean, and of all keys together', (_, delay, expected) => {
    const values = drawn(delay);
    // Four times the error that 2,000 draws of the exponential distribution have: 2000 / √2000 = 45.
    expect(Math.abs(mean(values) - expected)).toBeLessThan(180);
    expect(new Set(values).size).toBeGreaterThan(500);
  });

  test('is spread as a normal distribution is', () => {
    const within = drawn({ normal: { mean: 2000, deviation: 200 } }).filter(
      (value) => Math.abs(value - 2000) <= 200,
    );
    // Two thirds are within one deviation.
    expect(within.length / 2000).toBeCloseTo(0.68, 1);
  });
});

const WHAT_IT_IS = /^a delay is a whole number of milliseconds/;

test.each([
  ['a negative number', -1, />=0/],
  ['beyond what SQS delays', 900_001, /<=900000/],
  ['half a millisecond', 0.5, WHAT_IT_IS],
  ['an unknown distribution', { poisson: { mean: 3 } }, WHAT_IT_IS],
  ['two distributions', { uniform: [1, 2], exponential: { mean: 3 } }, WHAT_IT_IS],
  ['a uniform one that begins after its end', { uniform: [2, 1] }, /the least comes before the most/],
  ['text', '100', WHAT_IT_IS],
])('%s is no delay', (_, value, message) => {
  expect(Delay.safeParse(value).error?.issues[0]?.message).toMatch(message);
});
