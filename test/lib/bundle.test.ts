import { execFileSync } from 'node:child_process';
import { globSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { bundle } from '../../lib/bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const entries = globSync('{functions,vehicle-simulator}/**/handler.ts', { cwd: ROOT });
const folders = new Map(entries.map((entry) => [entry, bundle(entry)]));
// All bundles go when their process exits, which Vitest's workers do not do in an orderly way.
afterAll(() => {
  const [[entry = '', folder = ''] = []] = folders;
  rmSync(resolve(folder, relative(dirname(entry), '.')), { recursive: true });
});

/** They call nothing, and so need to know nothing. */
const WITHOUT_VARIABLES = [
  'functions/event-creation/enrich/handler.ts',
  'functions/event-creation/validate/handler.ts',
  'functions/identity/audience/handler.ts',
];

/** Imports every bundle, far from node_modules and without their variables, and prints what each threw. */
const IMPORT_ALL = `
  const errors = {};
  for (const file of JSON.parse(process.env.FILES)) {
    try { await import(file); } catch (error) { errors[file] = error.message; }
  }
  console.log(JSON.stringify(errors));
`;

test.each(entries)('%s becomes one file', (entry) => {
  expect(readdirSync(folders.get(entry) ?? '')).toEqual(['index.mjs']);
});

test('every bundle starts on its own, and says which of its variables are missing', {
  timeout: 60_000,
}, () => {
  const files = new Map(
    [...folders].map(([entry, folder]) => [entry, pathToFileURL(join(folder, 'index.mjs')).href]),
  );
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', IMPORT_ALL], {
    cwd: folders.get(entries[0] ?? ''),
    env: { FILES: JSON.stringify([...files.values()]) },
    encoding: 'utf8',
  });
  const missing = /^Environment variables of this function are wrong\. [A-Z_]+: Invalid input/;
  expect(entries).toEqual(expect.arrayContaining(WITHOUT_VARIABLES));
  for (const entry of WITHOUT_VARIABLES) files.delete(entry);
  expect(JSON.parse(output)).toEqual(
    Object.fromEntries([...files.values()].map((file) => [file, expect.stringMatching(missing)])),
  );
});

test('a handler that does not exist is refused by name', () => {
  expect(() => bundle('functions/nobody/handler.ts')).toThrow(
    "There is no handler 'functions/nobody/handler.ts'",
  );
});
