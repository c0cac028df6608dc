import { expect, test } from 'vitest';
import type { Json } from '../../../local/aws.ts';
import { compilePattern } from '../../../local/eventbridge/pattern.ts';

const event = {
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  resources: ['arn:one', 'arn:two'],
  detail: { status: 'FAILED', output: null, startDate: 5, nested: { done: true } },
};

test.each<[Json, boolean]>([
  [{ source: ['aws.states'] }, true],
  [{ source: ['aws.ec2', 'aws.states'] }, true],
  [{ source: ['aws.ec2'] }, false],
  [{ source: ['AWS.states'] }, false],
  [{ source: ['aws.states'], detail: { status: ['FAILED', 'ABORTED'] } }, true],
  [{ source: ['aws.states'], detail: { status: ['ABORTED'] } }, false],
  [{ detail: { output: [null], startDate: [5], nested: { done: [true] } } }, true],
  [{ detail: { startDate: ['5'] } }, false],
  [{ detail: { none: [null] } }, false],
  [{ detail: { status: { deeper: ['x'] } } }, false],
  [{ resources: ['arn:two'] }, true],
  [{ resources: ['arn:three'] }, false],
  [{ source: [{ prefix: 'aws.' }] }, true],
  [{ source: [{ prefix: 'states' }] }, false],
  [{ source: [{ suffix: '.states' }] }, true],
  [{ detail: { startDate: [{ prefix: '5' }] } }, false],
  [{ detail: { none: [{ exists: false }] } }, true],
  [{ detail: { status: [{ exists: false }] } }, false],
  [{ detail: { output: [{ exists: true }] } }, true],
  [{ detail: { status: [{ 'anything-but': 'FAILED' }] } }, false],
  [{ detail: { status: [{ 'anything-but': ['RUNNING', 'ABORTED'] }] } }, true],
  [{ detail: { status: [{ 'anything-but': { prefix: 'FAIL' } }] } }, false],
  [{ detail: { none: [{ 'anything-but': 'FAILED' }] } }, false],
])('%j: %s', (pattern, matches) => {
  expect(compilePattern(pattern)(event)).toBe(matches);
});

test.each<[Json, string]>([
  ['text', '"text" in the event pattern at EventPattern'],
  [{}, 'EventPattern'],
  [{ source: 'aws.states' }, '"aws.states" in the event pattern at source'],
  [{ source: [] }, 'source'],
  [
    { detail: { status: [{ cidr: '10.0.0.0/8' }] } },
    '{"cidr":"10.0.0.0/8"} in the event pattern at detail.status',
  ],
  [{ detail: { status: [{ prefix: 'a', suffix: 'b' }] } }, 'detail.status'],
  [{ detail: { status: [{ prefix: { 'equals-ignore-case': 'a' } }] } }, 'detail.status'],
  [{ detail: { status: [{ 'anything-but': { cidr: 'x' } }] } }, 'detail.status'],
  [{ detail: { $or: [{ status: ['a'] }] } }, 'detail.$or'],
  [{ detail: { status: [['a']] } }, 'detail.status'],
])('%j is refused', (pattern, message) => {
  expect(() => compilePattern(pattern)).toThrow(message);
});
