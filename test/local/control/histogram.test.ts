import { expect, it } from 'vitest';
import { type Buckets, difference, Histogram, latencyOf } from '../../../local/control/histogram.ts';

const filled = (...values: number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

it('percentiles are at most one per cent above the true ones, and never below', () => {
  const values = Array.from({ length: 10_000 }, (_, index) => 0.5 + index * 0.37);
  const latency = latencyOf(filled(...values).buckets());
  const exact = (percent: number) => values[Math.ceil((values.length * percent) / 100) - 1] ?? 0;
  expect(latency?.count).toBe(10_000);
  for (const [found, percent] of [
    [latency?.p50Ms, 50],
    [latency?.p90Ms, 90],
    [latency?.p95Ms, 95],
    [latency?.p99Ms, 99],
    [latency?.maxMs, 100],
  ] as const) {
    expect(found).toBeGreaterThanOrEqual(exact(percent));
    expect(found).toBeLessThanOrEqual(exact(percent) * 1.01);
  }
});

it('a value counts in one bucket, whatever its size', () => {
  for (const value of [0, 0.1, 1, 29_999.5, 1e9]) expect(filled(value).buckets()).toHaveLength(1);
  expect(latencyOf([])).toBeUndefined();
});

it('counts of different places add up, and their bounds are the same', () => {
  const sum = filled(3, 5);
  sum.add(filled(3, 400).buckets());
  expect(sum.buckets()).toEqual(filled(3, 3, 5, 400).buckets());
  expect(sum.count).toBe(4);
  expect(() => sum.add([[2.5, 1]])).toThrow('2.5 ms is no bound of a bucket');
});

it('what every bucket tells can be added again', () => {
  const everywhere = filled(...Array.from({ length: 1800 }, (_, index) => 0.1 * 1.01 ** index));
  const again = new Histogram();
  again.add(JSON.parse(JSON.stringify(everywhere.buckets())) as Buckets);
  expect(again.buckets()).toEqual(everywhere.buckets());
});

it('two readings of a running histogram subtract', () => {
  const histogram = filled(3, 5);
  const before = histogram.buckets();
  histogram.record(5);
  histogram.record(700);
  expect(difference(histogram.buckets(), before)).toEqual(filled(5, 700).buckets());
  expect(difference(before, before)).toEqual([]);
});

it('a histogram that was cleared knows nothing', () => {
  const histogram = filled(3, 5);
  histogram.clear();
  expect(histogram.buckets()).toEqual([]);
  expect(histogram.count).toBe(0);
});
