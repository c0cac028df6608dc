import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The closing line «N passed, N failed» is what CI reads.
    reporters: ['default', './test/summary-reporter.ts'],
  },
});
