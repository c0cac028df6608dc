import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadBackend } from './backend.ts';
import { startClock } from './clock.ts';
import { play } from './run.ts';
import { scenarios } from './scenario.ts';

test('I1, I2, I4, I5 hold', { timeout: 600_000 }, async () => {
  const backend = await loadBackend();
  startClock(Date.parse('2026-01-01T00:00:00Z'));
  let n = 0;
  const cpu = process.cpuUsage();
  await fc
    .assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        n++;
        expect(await play(backend, scenario)).toEqual([]);
      }),
      { numRuns: Number(process.env.RUNS ?? 100), endOnFailure: process.env.SHRINK === undefined },
    )
    .finally(() => console.log(n, 'runs', process.cpuUsage(cpu).user / 1000, 'ms CPU'));
});
