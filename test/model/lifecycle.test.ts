import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { type Backend, loadBackend } from './backend.ts';
import { BREAKAGES, type Breakage } from './breakages.ts';
import { play } from './run.ts';
import { scenarios } from './scenario.ts';

/** Some 450 requests for commands. The breakages below are seen within the first runs. */
const RUNS = 150;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Nothing goes wrong, or nothing of this kind. */
const holds = (backend: Backend, { fault = /^/, slowRate }: Partial<Breakage> = {}) =>
  fc.asyncProperty(scenarios, async (scenario) => {
    const found = await play(backend, slowRate === undefined ? scenario : { ...scenario, slowRate });
    expect(found.filter((what) => fault.test(what))).toEqual([]);
  });

test('I1, I2, I4 and I5 hold, whatever happens', { timeout: 300_000 }, async () => {
  await fc.assert(holds(await loadBackend()), { numRuns: RUNS });
});

test.each(BREAKAGES)('it is seen that $name', { timeout: 120_000 }, async (breakage) => {
  const property = holds(await loadBackend(breakage), breakage);
  // Always the same runs: whether it is seen is no matter of chance.
  const { failed } = await fc.check(property, { numRuns: RUNS, endOnFailure: true, seed: 1 });
  expect(failed).toBe(true);
});
