import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contractFiles } from '../../contracts/files.ts';

test.each([...contractFiles()])('%s is current', (path, text) => {
  const file = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(file === text, `${path} is not what the code says. Run: npm run contracts`).toBe(true);
});

test('what is written is the same each time', () => {
  expect(contractFiles()).toEqual(contractFiles());
});
