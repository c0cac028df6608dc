import { expect, it } from 'vitest';
import { Measurement } from '../../loadtest/measurement.ts';
import type { PhaseSpec } from '../../loadtest/profiles.ts';
import type { Tick } from '../../loadtest/tally.ts';
import { type Buckets, Histogram } from '../../local/control/histogram.ts';
import type { Vitals } from '../../local/control/vitals.ts';

const PHASES: PhaseSpec[] = [
  { name: 'ramp', seconds: 2, fromRate: 1, toRate: 5 },
  { name: 'plateau', seconds: 2, fromRate: 5, toRate: 5 },
];
const START = Date.parse('2025-12-03T10:00:00.000Z');
const second = (number: number): string => new Date(START + number * 1000).toISOString();

const bucketsOf = (...values: number[]): Buckets => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram.buckets();
};

/** Of the second that ends then. */
const tick = (end: number, changes: Partial<Tick> = {}): Tick => ({
  at: START + end * 1000,
  sent: 2,
  accepted: 2,
  polls: 0,
  errors: {},
  trigger: bucketsOf(20, 30),
  poll: [],
  underWay: 0,
  cpuSeconds: end * 0.1,
  rssBytes: 100,
  ...changes,
});

const vitals = (end: number, latencies: readonly number[], changes: Partial<Vitals> = {}): Vitals => ({
  at: second(end),
  rssBytes: 1000 + end,
  heapUsedBytes: 500,
  cpuSeconds: end * 1.5,
  queues: {},
  deadLetters: 0,
  latencyHistogram: bucketsOf(...latencies),
  endToEnd: { EXECUTED: latencies.length, FAILED: 0 },
  ...changes,
});

function measured(): Measurement {
  const measurement = new Measurement(PHASES);
  measurement.vitals(vitals(0, [900]));
  measurement.phaseBegan(0, START + 100);
  measurement.tick(1, tick(1));
  measurement.vitals(vitals(1, [900, 50]));
  // Timers are late now and then.
  measurement.tick(
    1,
    tick(2, { at: START + 2300, errors: { 'trigger 429': 1 }, accepted: 1, trigger: bucketsOf(40) }),
  );
  measurement.vitals(vitals(2, [900, 50, 60, 70]));
  measurement.phaseBegan(1, START + 2100);
  measurement.tick(1, tick(3, { polls: 4, poll: bucketsOf(1, 2, 3, 4), underWay: 7 }));
  measurement.vitals(vitals(3, [900, 50, 60, 70, 80]));
  return measurement;
}

it('each second has what load generator and stage told of it', () => {
  const samples = measured().samples();
  expect(samples.map(({ at }) => at)).toEqual([second(0), second(1), second(2)]);
  expect(samples.map(({ sent, accepted, polls }) => [sent, accepted, polls])).toEqual([
    [2, 2, 0],
    [2, 1, 0],
    [2, 2, 4],
  ]);
  expect(samples[1]).toMatchObject({
    errors: { 'trigger 429': 1 },
    trigger: { count: 1 },
    endToEnd: { count: 2 },
    ended: { EXECUTED: 2, FAILED: 0 },
    rssBytes: 1002,
    generatorRssBytes: 100,
  });
  expect(samples[1]?.cpus).toBeCloseTo(1.5);
  expect(samples[1]).not.toHaveProperty('poll');
  expect(samples[2]?.poll?.count).toBe(4);
});

it('what was there before the load test does not count', () => {
  expect(measured().total.endToEnd?.latency).toMatchObject({ count: 4, maxMs: expect.closeTo(80, -1) });
});

it('phases last until the next one, and the last one has all that came later', () => {
  const phases = measured().phases(START + 4000);
  expect(phases.map(({ name, from, to, seconds }) => [name, from, to, seconds])).toEqual([
    ['ramp', '2025-12-03T10:00:00.100Z', '2025-12-03T10:00:02.100Z', 2],
    ['plateau', '2025-12-03T10:00:02.100Z', '2025-12-03T10:00:04.000Z', 1.9],
  ]);
  expect(
    phases.map(({ outcome }) => [outcome.sent, outcome.accepted, outcome.endToEnd?.latency.count]),
  ).toEqual([
    [4, 3, 3],
    [2, 2, 1],
  ]);
  expect(phases[0]?.outcome.errors).toEqual({ 'trigger 429': 1 });
});

it('a phase that never began is none', () => {
  const measurement = new Measurement(PHASES);
  measurement.phaseBegan(0, START);
  expect(measurement.phases(START + 500).map(({ name }) => name)).toEqual(['ramp']);
});

it('queues are what waits in them; what was put off on purpose is another number', () => {
  const measurement = new Measurement(PHASES);
  measurement.vitals(vitals(0, []));
  const queues = {
    busy: { visible: 3, inFlight: 2, delayed: 0 },
    watch: { visible: 0, inFlight: 0, delayed: 90 },
  };
  measurement.vitals(vitals(1, [], { queues, deadLetters: 1 }));
  expect(measurement.samples()).toEqual([
    expect.objectContaining({ queues: { busy: 5 }, queued: 5, delayed: 90, deadLetters: 1 }),
  ]);
});

it('several workers make one sample', () => {
  const measurement = new Measurement(PHASES);
  measurement.tick(1, tick(1, { underWay: 3 }));
  measurement.tick(2, tick(1, { underWay: 4 }));
  expect(measurement.samples()).toEqual([expect.objectContaining({ sent: 4, accepted: 4 })]);
  expect(measurement.underWay).toBe(7);
});

it('while it runs, it says what happened in the last whole second, and in which phase', () => {
  const measurement = measured();
  expect(measurement.phase?.name).toBe('plateau');
  expect(measurement.latest?.at).toBe(second(1));
  expect(measurement.last?.at).toBe(second(2));
  expect(measurement.total).toMatchObject({ sent: 6, accepted: 5, polls: 4, errors: { 'trigger 429': 1 } });
});

it('requests that never got an answer are errors', () => {
  const measurement = measured();
  measurement.giveUp(START + 3000);
  expect(measurement.total.errors).toEqual({ 'trigger 429': 1, 'no answer before the end': 7 });
  expect(measurement.underWay).toBe(0);
  measurement.giveUp(START + 3000);
  expect(measurement.total.errors['no answer before the end']).toBe(7);
});
