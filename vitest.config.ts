import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/**
 * These share their modules: the CDK takes seconds to load, and a stage to synthesise. Files that put a stand-in in the
 * place of a module cannot: the others would have it too, or it would come too late.
 */
const TEMPLATES = [
  'test/lib/**/!(bundle|functions).test.ts',
  'test/contracts/**/*.test.ts',
  'test/cost/stage-shape.test.ts',
];

export default defineConfig({
  test: {
    // The long tests mostly wait: two files at once, on two cores too.
    maxWorkers: 2,
    globalSetup: './test/scratch.ts',
    // Longer than any condition is waited for within a test, so that it is the condition that fails, by name.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    sequence: { sequencer: LongestFirst },
    // The closing line «N passed, N failed» is what CI reads.
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'templates', include: TEMPLATES, isolate: false } },
      { extends: true, test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: TEMPLATES } },
    ],
  },
});
