import { describe, expect, test } from 'vitest';
import { spansOf } from '../../../loadtest/report/spans.ts';
import type { Sample } from '../../../loadtest/result.ts';
import { loadTest, THREE_HOURS } from './fixture.ts';

const latency = (milliseconds: number) => ({
  count: 1,
  p50Ms: milliseconds,
  p90Ms: milliseconds,
  p95Ms: milliseconds,
  p99Ms: milliseconds,
  maxMs: milliseconds,
});

/** A quarter of an hour, in which a point stands for 5 s, as there may be 400 of them. */
function quarterOfAnHour(odd: Partial<Sample>): Sample[] {
  return Array.from({ length: 900 }, (_, second) => ({
    at: new Date(second * 1000).toISOString(),
    seconds: 1,
    sent: 2,
    accepted: 1,
    polls: 0,
    errors: {},
    ...(second === 432 ? odd : {}),
  }));
}

describe('of more samples than a chart can show', () => {
  const spans = spansOf(
    quarterOfAnHour({
      endToEnd: latency(900),
      errors: { 'trigger timeout': 3 },
      ended: { EXECUTED: 4, FAILED: 1 },
      queues: { some: 7 },
      rssBytes: 5,
      cpus: 1.5,
      deadLetters: 2,
    }),
  );
  const [, odd] = spans.filter((_, index) => index === 85 || index === 86);

  test('those of a few seconds become one', () => {
    expect(spans).toHaveLength(180);
    expect(spans.every(({ seconds }) => seconds === 5)).toBe(true);
    expect(spans.map(({ at }) => at).slice(0, 2)).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:05.000Z',
    ]);
  });

  test('counts are added up', () => {
    expect(spans.reduce((sum, { sent }) => sum + sent, 0)).toBe(1800);
    expect(odd).toMatchObject({
      accepted: 5,
      errors: { 'trigger timeout': 3 },
      ended: { EXECUTED: 4, FAILED: 1 },
    });
  });

  test('no outlier is hidden', () => {
    expect(odd).toMatchObject({ endToEnd: { p99Ms: 900 }, queues: { some: 7 }, rssBytes: 5, deadLetters: 2 });
  });

  test('what was not measured stays unknown', () => {
    const [first] = spans;
    expect(first?.endToEnd).toBeUndefined();
    expect(first?.rssBytes).toBeUndefined();
    expect(first?.queues).toBeUndefined();
  });
});

test('CPUs are those of the time in which they were measured', () => {
  const samples = quarterOfAnHour({}).map((sample, second) => ({
    ...sample,
    ...(second < 3 ? { cpus: second } : {}),
  }));
  expect(spansOf(samples)[0]?.cpus).toBe(1);
});

test('the highest p99 of hours is seen, and p50 is that of the median command', () => {
  const { samples } = loadTest(THREE_HOURS);
  const spans = spansOf(samples);
  expect(spans.length).toBeLessThanOrEqual(400);
  const highest = (all: readonly Sample[]) => Math.max(...all.map(({ endToEnd }) => endToEnd?.p99Ms ?? 0));
  expect(highest(spans)).toBe(highest(samples));
  const p50s = samples.slice(3000, 3030).map(({ endToEnd }) => endToEnd?.p50Ms ?? 0);
  expect(p50s.toSorted((one, other) => one - other)[14]).toBe(spans[100]?.endToEnd?.p50Ms);
});

test('few samples stay as they are', () => {
  const samples = quarterOfAnHour({}).slice(0, 300);
  expect(spansOf(samples)).toEqual(samples);
  expect(spansOf([])).toEqual([]);
});
