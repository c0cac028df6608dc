import { expect, test } from 'vitest';
import { accessLogBytes } from '../../../local/metering/log-lines.ts';
import { TraceSampling } from '../../../local/metering/trace-sampling.ts';
import {
  expressGbSeconds,
  expressMemory,
  lambdaGbSeconds,
  requestsOf,
  requestsOfTexts,
} from '../../../local/metering/units.ts';

const KB = 1024;
const MB = 1024 * KB;

test.each([
  [0, 1],
  [1, 1],
  [64 * KB, 1],
  [64 * KB + 1, 2],
  [256 * KB, 4],
])('%i bytes are %i requests', (bytes, requests) => {
  expect(requestsOf(bytes)).toBe(requests);
  expect(requestsOfTexts(['x'.repeat(bytes / 2), 'x'.repeat(bytes - Math.floor(bytes / 2))])).toBe(requests);
});

test('texts are measured in UTF-8', () => {
  expect(requestsOfTexts(['ä'.repeat(32 * KB)])).toBe(1);
  expect(requestsOfTexts(['ä'.repeat(32 * KB), '.'])).toBe(2);
});

test('an Express workflow is billed in steps of 100 ms and 64 MB', () => {
  expect(expressGbSeconds(0, 50 * MB)).toBe(0.1 * (64 / 1024));
  expect(expressGbSeconds(100, 64 * MB)).toBe(0.1 * (64 / 1024));
  expect(expressGbSeconds(101, 64 * MB + 1)).toBe(0.2 * (128 / 1024));
});

test('its memory is as AWS’s own example estimates it', () => {
  // 50 KB of definition and 400 steps with 32 KB each are 62.55 MB (AWS counts 1,000 KB to the MB: 62.85).
  expect(expressMemory(50 * KB, 32 * KB, 400) / MB).toBeCloseTo(62.55, 2);
  expect(expressMemory(0, 10, 0)).toBe(50 * MB + 10);
});

test('Lambda is billed by configured memory', () => {
  expect(lambdaGbSeconds(2000, 512)).toBe(1);
});

test('one trace a second is recorded of each root, and one in twenty of the others', () => {
  let now = 1000;
  const traces = new TraceSampling(() => now);
  expect([traces.tracesOf('a'), traces.tracesOf('a'), traces.tracesOf('b')]).toEqual([1, 0.05, 1]);
  now = 2000;
  expect(traces.tracesOf('a')).toBe(1);
});

test('a line of an access log is as long as its format and what it stands for', () => {
  const bytes = accessLogBytes(
    '{"method":"$context.httpMethod","resource":"$context.resourcePath","status":$context.status}',
  );
  // 26 for the event.
  expect(bytes({ method: 'POST', path: '/a/b' })).toBe(
    26 + '{"method":"POST","resource":"/a/b","status":202}'.length,
  );
  expect(accessLogBytes(undefined)({ method: 'POST', path: '/' })).toBe(0);
  expect(() => accessLogBytes('$context.identity.userArn')).toThrow(/\$context\.identity\.userArn/);
});
