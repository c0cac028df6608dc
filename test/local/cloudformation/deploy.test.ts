import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../local/aws.ts';
import type { StackArtifact } from '../../../local/cloudformation/assembly.ts';
import { deploy, type Outputs, type ResourceRequest } from '../../../local/cloudformation/deploy.ts';

interface Resource {
  readonly Type?: string;
  readonly Properties?: JsonObject;
  readonly DependsOn?: string | string[];
  readonly Condition?: string;
}

/** A stack of things; a test says only what matters to it. */
function stack(
  stackName: string,
  resources: Record<string, Resource>,
  parts: Partial<StackArtifact['template']> = {},
): StackArtifact {
  const Resources = Object.fromEntries(
    Object.entries(resources).map(([logicalId, resource]) => [
      logicalId,
      { Type: 'Test::Thing', Properties: {}, Metadata: {}, ...resource },
    ]),
  );
  const template = { Resources, Parameters: {}, Conditions: {}, Mappings: {}, Outputs: {}, ...parts };
  return { stackName, template, assets: new Map() };
}

/** Creates each resource as `ref of <id>` with an ARN, and notes the requests. */
async function created(stacks: StackArtifact[], parameters: Record<string, string> = {}) {
  const requests: ResourceRequest[] = [];
  const outputs: Outputs = await deploy(stacks, {
    region: 'eu-central-1',
    accountId: '111122223333',
    parameters,
    create: async (request) => {
      requests.push(request);
      return { ref: `ref of ${request.logicalId}`, attributes: { Arn: `arn of ${request.logicalId}` } };
    },
  });
  return { requests, outputs, order: requests.map(({ logicalId }) => logicalId) };
}

/** The property `value` of a resource whose template says this. */
async function resolvedValue(
  value: Json,
  parts: Partial<StackArtifact['template']> = {},
): Promise<Json | undefined> {
  const { requests } = await created([stack('s', { Only: { Properties: { value } } }, parts)]);
  return requests[0]?.properties.value;
}

describe('resources are created', () => {
  test('with name, type, resolved properties and the stack’s assets', async () => {
    const assets = new Map([['hash', '/folder']]);
    const only = { Type: 'AWS::SQS::Queue', Properties: { Delay: { 'Fn::Join': ['', ['1', '0']] } } };
    const { requests } = await created([{ ...stack('shared', { Queue: only }), assets }]);
    expect(requests).toEqual([
      {
        stackName: 'shared',
        logicalId: 'Queue',
        type: 'AWS::SQS::Queue',
        properties: { Delay: '10' },
        assets,
      },
    ]);
  });

  test('in the order of the template', async () => {
    expect((await created([stack('s', { C: {}, A: {}, B: {} })])).order).toEqual(['C', 'A', 'B']);
  });

  test.each<[string, Resource]>([
    ['Ref', { Properties: { x: { Ref: 'Last' } } }],
    ['Fn::GetAtt', { Properties: { x: [{ 'Fn::GetAtt': ['Last', 'Arn'] }] } }],
    ['Fn::Sub', { Properties: { x: { 'Fn::Sub': `\${Last}` } } }],
    ['DependsOn', { DependsOn: 'Last' }],
    ['DependsOn of several', { DependsOn: ['Last', 'Middle'] }],
  ])('after what they refer to by %s', async (_, resource) => {
    const { order } = await created([stack('s', { First: resource, Middle: {}, Last: {} })]);
    expect(order.indexOf('Last')).toBeLessThan(order.indexOf('First'));
  });

  test('after what their references refer to', async () => {
    const resources = {
      A: { Properties: { x: { Ref: 'B' } } },
      B: { DependsOn: 'C' },
      C: { Properties: { x: { 'Fn::GetAtt': 'D.Arn' } } },
      D: {},
    };
    expect((await created([stack('s', resources)])).order).toEqual(['D', 'C', 'B', 'A']);
  });

  test('with the Ref and attributes of those before', async () => {
    const properties = {
      ref: { Ref: 'B' },
      arn: { 'Fn::GetAtt': ['B', 'Arn'] },
      both: { 'Fn::Sub': `\${B} \${B.Arn}` },
    };
    const { requests } = await created([stack('s', { A: { Properties: properties }, B: {} })]);
    expect(requests.at(-1)?.properties).toEqual({
      ref: 'ref of B',
      arn: 'arn of B',
      both: 'ref of B arn of B',
    });
  });

  test('one after the other, not at once', async () => {
    let running = 0;
    const stacks = [stack('s', { A: {}, B: {}, C: {} })];
    await deploy(stacks, {
      region: 'r',
      accountId: 'a',
      parameters: {},
      create: async () => {
        running += 1;
        await Promise.resolve();
        expect(running).toBe(1);
        running -= 1;
        return { ref: '', attributes: {} };
      },
    });
  });

  test('if their condition holds', async () => {
    const Conditions = {
      IsHere: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] },
      IsElsewhere: { 'Fn::Not': [{ Condition: 'IsHere' }] },
    };
    const resources = { A: { Condition: 'IsHere' }, B: { Condition: 'IsElsewhere' }, C: {} };
    expect((await created([stack('s', resources, { Conditions })])).order).toEqual(['A', 'C']);
  });

  test('or refused, if nobody knows their condition', async () => {
    await expect(created([stack('s', { A: { Condition: 'IsTypo' } })])).rejects.toThrow(/IsTypo/);
  });

  test('or refused, if nobody knows what they depend on', async () => {
    await expect(created([stack('s', { A: { DependsOn: 'Typo' } })])).rejects.toThrow(/Typo/);
  });
});

describe('pseudo parameters and parameters', () => {
  test.each([
    ['AWS::AccountId', '111122223333'],
    ['AWS::Partition', 'aws'],
    ['AWS::Region', 'eu-central-1'],
    ['AWS::StackId', 'arn:aws:cloudformation:eu-central-1:111122223333:stack/s/local'],
    ['AWS::StackName', 's'],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ])('%s', async (name, expected) => {
    expect(await resolvedValue({ Ref: name })).toBe(expected);
  });

  const Parameters = { Url: { Type: 'String' }, Days: { Type: 'Number', Default: 3 } };
  const resource = { A: { Properties: { url: { Ref: 'Url' }, days: { Ref: 'Days' } } } };

  test('a parameter has the value that is given, or else its default', async () => {
    const { requests } = await created([stack('s', resource, { Parameters })], { Url: 'https://broker' });
    expect(requests[0]?.properties).toEqual({ url: 'https://broker', days: 3 });
  });

  test('a given value goes before the default', async () => {
    const { requests } = await created([stack('s', resource, { Parameters })], { Url: 'u', Days: '7' });
    expect(requests[0]?.properties).toEqual({ url: 'u', days: '7' });
  });

  test('a parameter without a value is an error that names it', async () => {
    await expect(created([stack('s', resource, { Parameters })])).rejects.toThrow(
      's: The parameter Url has no value',
    );
  });

  test('mappings', async () => {
    const Mappings = { Sizes: { small: { memory: 128 } } };
    expect(await resolvedValue({ 'Fn::FindInMap': ['Sizes', 'small', 'memory'] }, { Mappings })).toBe(128);
  });
});

describe('outputs', () => {
  const shared = stack(
    'shared',
    { Table: {} },
    {
      Outputs: {
        Name: { Value: { Ref: 'Table' } },
        Arn: {
          Value: { 'Fn::GetAtt': ['Table', 'Arn'] },
          Export: { Name: { 'Fn::Sub': `\${AWS::StackName}-arn` } },
        },
        Number: { Value: 1 },
      },
    },
  );
  const reader = (value: Json) => stack('reader', { Only: { Properties: { value } } });
  const OUTPUT = {
    'Fn::GetStackOutput': { StackName: 'shared', OutputName: 'Name', Region: 'eu-central-1' },
  };

  test('are answered by stack, as text', async () => {
    const { outputs } = await created([shared, reader(1)]);
    expect(Object.fromEntries(outputs.get('shared') ?? [])).toEqual({
      Name: 'ref of Table',
      Arn: 'arn of Table',
      Number: '1',
    });
    expect(outputs.get('reader')?.size).toBe(0);
  });

  test('are read by stacks after it with Fn::GetStackOutput', async () => {
    expect((await created([shared, reader(OUTPUT)])).requests.at(-1)?.properties).toEqual({
      value: 'ref of Table',
    });
  });

  test('are imported by their export names', async () => {
    const { requests } = await created([shared, reader({ 'Fn::ImportValue': 'shared-arn' })]);
    expect(requests.at(-1)?.properties).toEqual({ value: 'arn of Table' });
  });

  test.each<[string, StackArtifact[], string]>([
    ['a stack that comes later', [reader(OUTPUT), shared], 'reader: The stack shared has no output Name'],
    [
      'an output that is not there',
      [shared, reader({ 'Fn::GetStackOutput': { StackName: 'shared', OutputName: 'Typo' } })],
      'reader: The stack shared has no output Typo',
    ],
    [
      'an export that is not there',
      [shared, reader({ 'Fn::ImportValue': 'Name' })],
      'reader: No stack exports Name',
    ],
  ])('of %s are an error', async (_, stacks, message) => {
    await expect(created(stacks)).rejects.toThrow(message);
  });
});

describe('an error names the stack and what is wrong', () => {
  test.each<[string, Record<string, Resource>, string]>([
    ['an unknown name', { A: { Properties: { x: { Ref: 'Typo' } } } }, 'blue: Nothing is called Typo'],
    [
      'an attribute that the local stage does not have',
      { A: { Properties: { x: { 'Fn::GetAtt': ['B', 'StreamArn'] } } }, B: {} },
      'blue: B has no attribute StreamArn on the local stage',
    ],
    [
      'an unknown intrinsic function',
      { A: { Properties: { x: { 'Fn::Cidr': [] } } } },
      'blue: The local stage does not know the intrinsic function Fn::Cidr',
    ],
    ['a resource that depends on itself', { A: { DependsOn: 'A' } }, 'blue: A depends on itself'],
    [
      'resources that depend on each other',
      { A: { Properties: { x: { Ref: 'B' } } }, B: { Properties: { x: { Ref: 'A' } } } },
      'blue: A depends on itself',
    ],
  ])('%s', async (_, resources, message) => {
    await expect(created([stack('blue', resources)])).rejects.toThrow(message);
  });

  test('what a resource’s creation failed with, as the cause too', async () => {
    const fault = new Error('Queue (AWS::SQS::Queue): no FIFO queues');
    const options = { region: 'r', accountId: 'a', parameters: {}, create: () => Promise.reject(fault) };
    const failed = deploy([stack('blue', { Queue: {} })], options);
    await expect(failed).rejects.toThrow('blue: Queue (AWS::SQS::Queue): no FIFO queues');
    await expect(failed).rejects.toHaveProperty('cause', fault);
  });

  test('nothing is created after it', async () => {
    const stacks = [stack('one', { A: { Properties: { x: { Ref: 'Typo' } } } }), stack('two', { B: {} })];
    const requests: string[] = [];
    const create = async ({ logicalId }: ResourceRequest) => {
      requests.push(logicalId);
      return { ref: '', attributes: {} };
    };
    await expect(deploy(stacks, { region: 'r', accountId: 'a', parameters: {}, create })).rejects.toThrow();
    expect(requests).toEqual([]);
  });
});
