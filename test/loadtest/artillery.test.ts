import { expect, it } from 'vitest';
import { testScript } from '../../loadtest/artillery.ts';
import { profileNamed } from '../../loadtest/profiles.ts';

it("a profile becomes Artillery's phases, of which plateaus are ramps too", () => {
  const { config, scenarios } = testScript(profileNamed('talk'), 'http://127.0.0.1:3000');
  expect(config.phases).toEqual([
    { name: 'warm-up', duration: 120, arrivalRate: 1, rampTo: 5 },
    { name: 'ramp', duration: 300, arrivalRate: 5, rampTo: 100 },
    { name: 'plateau', duration: 10_800, arrivalRate: 100, rampTo: 100 },
  ]);
  expect(config.target).toBe('http://127.0.0.1:3000');
  // Artillery would bundle a file that ends with `.ts`, into a folder beside it.
  expect(config.processor).toMatch(/generator\.mts$/);
  expect(scenarios).toEqual([{ name: 'command', flow: [{ function: 'command' }] }]);
});
