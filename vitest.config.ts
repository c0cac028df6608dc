import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The long tests mostly wait: two files at once, on two cores too.
    maxWorkers: 2,
    // Longer than any condition is waited for within a test, so that it is the condition that fails, by name.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    sequence: { sequencer: LongestFirst },
    // The closing line «N passed, N failed» is what CI reads.
    reporters: ['default', './test/summary-reporter.ts'],
  },
});
