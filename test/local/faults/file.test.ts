import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readFaultsFile } from '../../../local/faults/file.ts';

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'faults.json');
  writeFileSync(path, text);
  return path;
}

it('is a set of faults', () => {
  const path = fileOf('{"seed":1,"faults":[{"fault":"broker-down"}]}');
  expect(readFaultsFile(path)).toEqual({ seed: 1, faults: [{ fault: 'broker-down', probability: 1 }] });
});

it.each([
  ['{"faults":[{"fault":"broker-slow"}]}', /faults\.json: faults\[0\]\.ms: /],
  ['{', /faults\.json: .*JSON/],
])('%s is refused with file and place, in one line', (text, message) => {
  const path = fileOf(text);
  expect(() => readFaultsFile(path)).toThrow(message);
  expect(() => readFaultsFile(path)).not.toThrow(/\n/);
});

it('that is missing is named', () => {
  expect(() => readFaultsFile('/nowhere/faults.json')).toThrow(/^\/nowhere\/faults\.json: .*no such file/);
});
