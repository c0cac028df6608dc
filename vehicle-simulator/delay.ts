import { createHash } from 'node:crypto';
import { randomExponential, randomLcg, randomNormal, randomUniform } from 'd3-random';
import * as z from 'zod';

/** SQS, which delays the Lambda vehicle's messages, does so for 15 minutes at most. */
const LONGEST_MS = 900_000;

const Milliseconds = z.int().min(0).max(LONGEST_MS);
/** What is drawn counts from here; from the start by default. */
const plus = Milliseconds.optional();

/** Milliseconds, or a distribution that they are drawn from. */
export const Delay = z.union(
  [
    Milliseconds,
    z.strictObject({
      uniform: z.tuple([Milliseconds, Milliseconds]).refine(([least, most]) => least <= most, {
        error: 'the least comes before the most',
      }),
      plus,
    }),
    z.strictObject({ normal: z.strictObject({ mean: Milliseconds, deviation: Milliseconds }), plus }),
    z.strictObject({ exponential: z.strictObject({ mean: Milliseconds.min(1) }), plus }),
  ],
  {
    error: `a delay is a whole number of milliseconds up to ${LONGEST_MS}, or {uniform: [least, most]}, {normal: {mean, deviation}} or {exponential: {mean}}`,
  },
);
export type Delay = z.infer<typeof Delay>;

const between = (least: number, most: number, ms: number) => Math.round(Math.min(most, Math.max(least, ms)));

/**
 * The least and the most, in milliseconds, that a delay can become. What distributions without an end would draw
 * beyond is cut off, so that a test knows when a vehicle has said everything: normal at four deviations (one in
 * 30,000), exponential at ten means (e⁻¹⁰: one in 22,000).
 */
export function delayBounds(delay: Delay): readonly [number, number] {
  if (typeof delay === 'number') return [delay, delay];
  const { plus = 0 } = delay;
  const within = (least: number, most: number) =>
    [between(0, LONGEST_MS, least + plus), between(0, LONGEST_MS, most + plus)] as const;
  if ('uniform' in delay) return within(...delay.uniform);
  if ('exponential' in delay) return within(0, 10 * delay.exponential.mean);
  const { mean, deviation } = delay.normal;
  return within(Math.max(0, mean - 4 * deviation), mean + 4 * deviation);
}

/**
 * The delay in whole milliseconds.
 * @param key what it is drawn for: the same key always draws the same
 */
export function drawDelay(delay: Delay, key: string): number {
  if (typeof delay === 'number') return delay;
  // Hashed, because the generator's first draws of neighbouring seeds are neighbours too.
  const source = randomLcg(createHash('sha256').update(key).digest().readUInt32BE());
  const [least, most] = delayBounds(delay);
  return between(least, most, (delay.plus ?? 0) + draw(delay, source));
}

function draw(delay: Exclude<Delay, number>, source: () => number): number {
  if ('uniform' in delay) return randomUniform.source(source)(...delay.uniform)();
  if ('exponential' in delay) return randomExponential.source(source)(1 / delay.exponential.mean)();
  return randomNormal.source(source)(delay.normal.mean, delay.normal.deviation)();
}

/** The delay, counted from so many milliseconds later on. */
export function later(delay: Delay, ms: number): Delay {
  if (typeof delay === 'number') return delay + ms;
  return { ...delay, plus: (delay.plus ?? 0) + ms };
}
