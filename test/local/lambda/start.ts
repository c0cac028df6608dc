import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Faults } from '../../../local/faults/faults.ts';
import {
  createLambdaFunction,
  type LambdaDefinition,
  type LambdaFunction,
} from '../../../local/lambda/function.ts';

export interface TestFunction extends LambdaFunction {
  /** What it printed, and the errors of its invocations. */
  readonly lines: string[];
  /** Replaces its code on disk. */
  write(source: string): void;
}

/** A function with the given source of `index.mjs`; it is stopped when the test ends. */
export function startFunction(
  source: string,
  overrides: Partial<LambdaDefinition> = {},
  faults = new Faults(),
): TestFunction {
  const codeDir = mkdtempSync(join(tmpdir(), 'lambda-test-'));
  const write = (text: string): void => writeFileSync(join(codeDir, 'index.mjs'), text);
  write(source);
  const definition = {
    name: 'TestFunction',
    codeDir,
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 10,
    memoryMb: 128,
    role: 'arn:aws:iam::000000000000:role/test',
    maxConcurrency: 1,
    ...overrides,
  };
  const lines: string[] = [];
  const lambda = createLambdaFunction(definition, (_name, line) => lines.push(line), faults);
  onTestFinished(async () => {
    await lambda.stop();
    rmSync(codeDir, { recursive: true });
  });
  return { ...lambda, lines, write };
}
