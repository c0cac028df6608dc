import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUDGET_FILE, Budget, budgetFor, contentsOf, deviations } from '../../bench/contents.ts';
import { buildBundles, handlers } from '../../lib/bundle.ts';
import { scratchFolder } from '../scratch.ts';

const metafile = buildBundles(handlers(), scratchFolder('bundle-sizes-'));
const bundles = contentsOf(metafile);

test('bundles are as large, and hold the packages, as their budget says', () => {
  expect(deviations(bundles, Budget.parse(JSON.parse(readFileSync(BUDGET_FILE, 'utf8'))))).toEqual([]);
});

describe.each(bundles)('$entry bundles only what it uses', ({ entry, packages }) => {
  /** The packages that this project's own code in the bundle imports, whether directly or through more of it. */
  const imported = new Set(
    ownFiles(entry).flatMap((file) =>
      (metafile.inputs[file]?.imports ?? []).map(({ original = '' }) =>
        original.split('/').slice(0, 2).join('/'),
      ),
    ),
  );

  test('no client of the SDK that it does not import itself', () => {
    const clients = packages.filter((name) => name.startsWith('@aws-sdk/client-'));
    expect(clients.filter((name) => !imported.has(name))).toEqual([]);
  });

  test('no way to credentials but the environment’s', () => {
    const unwanted = /^@aws-sdk\/(credential-provider-|token-providers|nested-clients)|^@smithy\/credential-/;
    const found = packages.filter((name) => unwanted.test(name));
    expect(found.filter((name) => name !== '@aws-sdk/credential-provider-env')).toEqual([]);
  });

  test('no part of Powertools that it does not import itself', () => {
    const parts = packages.filter((name) => /^@aws-lambda-powertools\/(?!commons$)/.test(name));
    expect(parts.filter((name) => !imported.has(name))).toEqual([]);
  });

  test('no hash functions in JavaScript: Node has them', () => {
    expect(packages.filter((name) => name.startsWith('@aws-crypto/'))).toEqual([]);
  });
});

/** The files of this project that a bundle holds. */
function ownFiles(entry: string): string[] {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === entry);
  return Object.keys(output?.inputs ?? {}).filter((file) => !file.includes('node_modules'));
}

describe('a budget', () => {
  const bundle = { entry: 'functions/a/handler.ts', bytes: 101_000, packages: ['zod'] };
  const budget = budgetFor([bundle]);

  test('leaves room for small changes', () => {
    expect(budget).toEqual({ 'functions/a/handler.ts': { bytes: 105_000, packages: ['zod'] } });
    expect(deviations([bundle, { ...bundle, bytes: 105_000 }, { ...bundle, bytes: 90_000 }], budget)).toEqual(
      [],
    );
  });

  test.each([
    ['grown', [{ ...bundle, bytes: 105_001 }]],
    ['far below', [{ ...bundle, bytes: 89_999 }]],
    ['bundles p-retry, which it did not', [{ ...bundle, packages: ['p-retry', 'zod'] }]],
    ['bundles zod no more', [{ ...bundle, packages: [] }]],
    ['functions/b/handler.ts has no budget', [bundle, { ...bundle, entry: 'functions/b/handler.ts' }]],
    ['is no handler any more', []],
  ])('is not kept by a bundle that is: %s, and the command that updates it is said', (what, found) => {
    expect(deviations(found, budget)).toEqual([expect.stringContaining(what)]);
    expect(deviations(found, budget)).toEqual([
      expect.stringContaining('npm run bench:functions -- --update'),
    ]);
  });
});
