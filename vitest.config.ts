import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The long tests mostly wait: two files at once, on two cores too.
    maxWorkers: 2,
    // The closing line «N passed, N failed» is what CI reads.
    reporters: ['default', './test/summary-reporter.ts'],
  },
});
