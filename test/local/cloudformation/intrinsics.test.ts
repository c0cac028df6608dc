import { describe, expect, test } from 'vitest';
import type { Json } from '../../../local/aws.ts';
import { references, resolve, type Scope } from '../../../local/cloudformation/intrinsics.ts';

/** A stack with a queue and a table; `IsProd` holds, `IsDev` does not. */
const scope: Scope = {
  ref: (name) => {
    const values: Record<string, Json> = { Queue: 'https://queue', 'AWS::Region': 'eu-central-1', Days: 3 };
    const value = values[name];
    if (value === undefined) throw new Error(`Nothing is called ${name}`);
    return value;
  },
  getAtt: (logicalId, attribute) => `${attribute} of ${logicalId}`,
  importValue: (name) => `import of ${name}`,
  stackOutput: (stack, output) => `${output} of ${stack}`,
  condition: (name) => name === 'IsProd',
  mappings: { Sizes: { small: { memory: 128, zones: ['a', 'b'] } } },
};
const resolved = (value: Json): Json => resolve(value, scope);

describe.each<[string, readonly (readonly [Json, Json])[]]>([
  [
    'values without functions',
    [
      ['text', 'text'],
      [null, null],
      [{ a: [1, true, { b: null }] }, { a: [1, true, { b: null }] }],
    ],
  ],
  [
    'Ref',
    [
      [{ Ref: 'Queue' }, 'https://queue'],
      [{ a: [{ Ref: 'Days' }] }, { a: [3] }],
    ],
  ],
  [
    'AWS::NoValue, which leaves out the key or the element',
    [
      [{ a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
      [
        [1, { Ref: 'AWS::NoValue' }, 2],
        [1, 2],
      ],
      [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::NoValue' }, 'b']] }, 'a-b'],
    ],
  ],
  [
    'Fn::GetAtt',
    [
      [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Arn of Queue'],
      [{ 'Fn::GetAtt': 'Queue.Arn' }, 'Arn of Queue'],
      [{ 'Fn::GetAtt': ['Database', 'Endpoint.Port'] }, 'Endpoint.Port of Database'],
      [{ 'Fn::GetAtt': 'Database.Endpoint.Port' }, 'Endpoint.Port of Database'],
    ],
  ],
  [
    'Fn::ImportValue',
    [[{ 'Fn::ImportValue': { 'Fn::Join': ['-', ['my', 'export']] } }, 'import of my-export']],
  ],
  [
    'Fn::GetStackOutput',
    [
      [
        {
          'Fn::GetStackOutput': { StackName: 'shared', OutputName: 'Table', Region: { Ref: 'AWS::Region' } },
        },
        'Table of shared',
      ],
      [
        { 'Fn::GetStackOutput': { StackName: { 'Fn::Join': ['-', ['a', 'b']] }, OutputName: 'Table' } },
        'Table of a-b',
      ],
    ],
  ],
  [
    'Fn::Join',
    [
      [{ 'Fn::Join': ['', ['https://', { Ref: 'AWS::Region' }, '/', 1]] }, 'https://eu-central-1/1'],
      [{ 'Fn::Join': [',', { 'Fn::Split': ['-', 'a-b'] }] }, 'a,b'],
      [{ 'Fn::Join': [',', []] }, ''],
    ],
  ],
  [
    'Fn::Select',
    [
      [{ 'Fn::Select': [1, ['a', 'b']] }, 'b'],
      [{ 'Fn::Select': ['0', { 'Fn::Split': [':', 'x:y'] }] }, 'x'],
    ],
  ],
  ['Fn::Split', [[{ 'Fn::Split': ['/', { Ref: 'Queue' }] }, ['https:', '', 'queue']]]],
  [
    'Fn::Sub',
    [
      [{ 'Fn::Sub': `assets-\${AWS::Region}-\${Queue.Arn}` }, 'assets-eu-central-1-Arn of Queue'],
      [
        { 'Fn::Sub': [`\${Name} in \${AWS::Region}`, { Name: { 'Fn::GetAtt': 'Queue.QueueName' } }] },
        'QueueName of Queue in eu-central-1',
      ],
      [{ 'Fn::Sub': 'nothing to replace' }, 'nothing to replace'],
    ],
  ],
  [
    'Fn::Base64',
    [[{ 'Fn::Base64': { Ref: 'AWS::Region' } }, Buffer.from('eu-central-1').toString('base64')]],
  ],
  [
    'Fn::GetAZs',
    [
      [{ 'Fn::Select': [1, { 'Fn::GetAZs': '' }] }, 'eu-central-1b'],
      [{ 'Fn::GetAZs': 'us-east-1' }, ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ],
  ],
  [
    'Fn::FindInMap',
    [
      [{ 'Fn::FindInMap': ['Sizes', 'small', 'memory'] }, 128],
      [{ 'Fn::FindInMap': ['Sizes', { 'Fn::Join': ['', ['sm', 'all']] }, 'zones'] }, ['a', 'b']],
    ],
  ],
  [
    'Fn::If',
    [
      [{ 'Fn::If': ['IsProd', { Ref: 'Days' }, 1] }, 3],
      [{ 'Fn::If': ['IsDev', { Ref: 'Nobody' }, 1] }, 1],
      [{ a: { 'Fn::If': ['IsDev', 1, { Ref: 'AWS::NoValue' }] } }, {}],
    ],
  ],
  [
    'conditions',
    [
      [{ Condition: 'IsProd' }, true],
      [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] }, true],
      [{ 'Fn::Equals': ['a', 'b'] }, false],
      [{ 'Fn::Not': [{ Condition: 'IsProd' }] }, false],
      [{ 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsDev' }] }, false],
      [{ 'Fn::And': [{ Condition: 'IsProd' }, { 'Fn::Not': [{ Condition: 'IsDev' }] }] }, true],
      [{ 'Fn::Or': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] }, true],
      [{ 'Fn::Or': [{ Condition: 'IsDev' }, { Condition: 'IsDev' }] }, false],
    ],
  ],
  [
    'what only looks like a function',
    [
      [
        { Ref: 'Queue', Description: 'a key among others' },
        { Ref: 'Queue', Description: 'a key among others' },
      ],
      [`\${AWS::Region}`, `\${AWS::Region}`],
    ],
  ],
])('%s', (_, examples) => {
  test.each(examples)('%j → %j', (value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });
});

test('the template is not changed', () => {
  const template = Object.freeze({ a: Object.freeze([Object.freeze({ Ref: 'Queue' })]) }) as unknown as Json;
  expect(resolved(template)).toEqual({ a: ['https://queue'] });
});

describe('a template that is wrong', () => {
  test.each<[Json, RegExp]>([
    [{ 'Fn::Cidr': ['10.0.0.0/16', 4] }, /does not know the intrinsic function Fn::Cidr/],
    [{ a: [{ 'Fn::Cidr': '' }] }, /does not know the intrinsic function Fn::Cidr/],
    [{ Ref: 'Nobody' }, /Nothing is called Nobody/],
    [{ 'Fn::Sub': `x \${Nobody}` }, /Nothing is called Nobody/],
    [{ 'Fn::Join': 'text' }, /Fn::Join needs a list/],
    [{ 'Fn::Select': { Ref: 'Queue' } }, /Fn::Select needs a list/],
    [{ 'Fn::FindInMap': ['Sizes', 'large', 'memory'] }, /Mapping Sizes\.large\.memory does not exist/],
    [{ 'Fn::FindInMap': ['Shapes', 'small', 'memory'] }, /Mapping Shapes\.small\.memory does not exist/],
  ])('%j', (value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });

  test('an element that is not there', () => {
    expect(() => resolved({ 'Fn::Select': [2, ['a', 'b']] })).toThrow(/Fn::Select/);
  });
  test('a list that is none', () => {
    expect(() => resolved({ 'Fn::Join': [',', 'a'] })).toThrow(/Fn::Join/);
  });
  test('a literal in Fn::Sub', () => {
    expect(resolved({ 'Fn::Sub': `\${!Literal}` })).toBe(`\${Literal}`);
  });
});

describe('references', () => {
  test.each<[Json, string[]]>([
    [{ a: [{ Ref: 'Queue' }] }, ['Queue']],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, ['Table']],
    [{ 'Fn::GetAtt': 'Table.Arn' }, ['Table']],
    [{ 'Fn::Sub': `\${Topic} and \${Table.Arn} but not \${!Literal}` }, ['Topic', 'Table']],
    [{ 'Fn::Sub': [`\${Name}`, { Name: { Ref: 'Queue' } }] }, ['Name', 'Queue']],
    [
      { 'Fn::If': ['IsProd', { Ref: 'Queue' }, { 'Fn::Join': ['', [{ Ref: 'Topic' }]] }] },
      ['Queue', 'Topic'],
    ],
    [{ a: 'Queue', b: null, c: 1 }, []],
  ])('%j: %j', (value, expected) => {
    expect([...references(value)]).toEqual(expected);
  });
});
