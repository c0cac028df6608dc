import { expect, test } from 'vitest';
import { InputProperties, inputFor } from '../../../local/eventbridge/target-input.ts';

const event = {
  source: 'aws.states',
  'detail-type': 'Change',
  resources: ['arn:one'],
  detail: { 'stack-id': 'the "stack"', count: 5, nested: { a: [1, { b: 2 }] } },
};

const input = (properties: object) => inputFor(InputProperties.parse(properties), event);

const transformed = (InputTemplate: string, InputPathsMap: object = {}) =>
  input({ InputTransformer: { InputTemplate, InputPathsMap } });

test('by default, a target gets the event', () => {
  expect(JSON.parse(input({}))).toEqual(event);
});

test('a constant', () => {
  expect(input({ Input: '{"action":"repair"}' })).toBe('{"action":"repair"}');
});

test.each([
  ['$.detail.count', 5],
  ['$.detail.nested', { a: [1, { b: 2 }] }],
  ['$.detail.nested.a[1].b', 2],
  ['$.detail-type', 'Change'],
  ['$', event],
])('the part %s', (InputPath, part) => {
  expect(JSON.parse(input({ InputPath }))).toEqual(part);
});

const paths = { id: '$.detail.stack-id', count: '$.detail.count', nested: '$.detail.nested' };

test.each([
  ['{"action":"repair","failed":<id>}', { action: 'repair', failed: 'the "stack"' }],
  ['{"n":<count>,"all":<nested>}', { n: 5, all: { a: [1, { b: 2 }] } }],
  ['"<id> has <count>"', 'the "stack" has 5'],
  ['{"text":"say \\"<count>\\" <nested>"}', { text: 'say "5" {"a":[1,{"b":2}]}' }],
  ['{"all":<aws.events.event.json>}', { all: event }],
])('the template %s', (template, expected) => {
  expect(JSON.parse(transformed(template, paths))).toEqual(expected);
});

test('is an error where the event has no such part, or the template has no such variable', () => {
  expect(() => transformed('{"a":<none>}', { none: '$.detail.none' })).toThrow(
    'the event has no $.detail.none',
  );
  expect(() => transformed('{"a":<none>}')).toThrow('unknown variable <none>');
  expect(() => transformed('<count> apples', paths)).toThrow(SyntaxError);
});

test.each(['$.detail.*', '$..status', 'detail'])('the path %s is refused', (InputPath) => {
  expect(() => InputProperties.parse({ InputPath })).toThrow('only paths such as');
});
