import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The long tests mostly wait: two files at once, on two cores too.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // The closing line «N passed, N failed» is what CI reads.
    reporters: ['default', './test/summary-reporter.ts'],
  },
});
