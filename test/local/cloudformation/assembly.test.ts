import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readAssembly } from '../../../local/cloudformation/assembly.ts';

/** A folder with these files, given as JSON. */
function folder(files: Record<string, unknown>): string {
  const path = mkdtempSync(join(tmpdir(), 'assembly-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(path, name), JSON.stringify(content));
  return path;
}

const stackArtifact = (id: string, dependencies: string[] = []) => ({
  type: 'aws:cloudformation:stack',
  dependencies,
  properties: { templateFile: `${id}.template.json` },
});

/** An assembly of stacks without resources. */
const assemblyOf = (stacks: Record<string, string[]>) =>
  folder({
    'manifest.json': {
      artifacts: Object.fromEntries(
        Object.entries(stacks).map(([id, needs]) => [id, stackArtifact(id, needs)]),
      ),
    },
    ...Object.fromEntries(
      Object.keys(stacks).flatMap((id) => [
        [`${id}.template.json`, {}],
        [`${id}.assets.json`, {}],
      ]),
    ),
  });

describe('the stacks of an assembly', () => {
  test('come each after those that they depend on', () => {
    const path = assemblyOf({
      traffic: ['blue', 'shared'],
      blue: ['simulator'],
      simulator: ['shared'],
      shared: [],
    });
    expect(readAssembly(path).map(({ stackName }) => stackName)).toEqual([
      'shared',
      'simulator',
      'blue',
      'traffic',
    ]);
  });

  test('are read whole', () => {
    const path = folder({
      'manifest.json': {
        artifacts: {
          'artifact.assets': { type: 'cdk:asset-manifest', properties: { file: 'artifact.assets.json' } },
          Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
          Other: { type: 'cdk:other', properties: { templateFile: 'my.json' } },
          artifact: {
            type: 'aws:cloudformation:stack',
            dependencies: ['artifact.assets'],
            properties: { templateFile: 'my.json', stackName: 'remote-services-dev-x-blue' },
          },
        },
      },
      'my.json': {
        Resources: {
          Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 1 }, DependsOn: 'Other' },
        },
        Parameters: { Url: { Type: 'String' } },
        Conditions: { IsProd: { 'Fn::Equals': ['a', 'b'] } },
        Mappings: { Sizes: {} },
        Outputs: { Url: { Value: { Ref: 'Queue' }, Export: { Name: 'url' } } },
      },
      'artifact.assets.json': { files: { hash: { source: { path: 'asset.hash', packaging: 'zip' } } } },
    });
    expect(readAssembly(path)).toEqual([
      {
        stackName: 'remote-services-dev-x-blue',
        template: {
          Resources: {
            Queue: {
              Type: 'AWS::SQS::Queue',
              Properties: { DelaySeconds: 1 },
              DependsOn: 'Other',
              Metadata: {},
            },
          },
          Parameters: { Url: { Type: 'String' } },
          Conditions: { IsProd: { 'Fn::Equals': ['a', 'b'] } },
          Mappings: { Sizes: {} },
          Outputs: { Url: { Value: { Ref: 'Queue' }, Export: { Name: 'url' } } },
        },
        assets: new Map([['hash', join(path, 'asset.hash')]]),
      },
    ]);
  });

  test('may lack every part', () => {
    const empty = { Resources: {}, Parameters: {}, Conditions: {}, Mappings: {}, Outputs: {} };
    expect(readAssembly(assemblyOf({ one: [] }))).toEqual([
      { stackName: 'one', template: empty, assets: new Map() },
    ]);
  });
});

describe('an error says what is no assembly', () => {
  test('a folder without manifest', () => {
    expect(() => readAssembly(folder({}))).toThrow(/manifest\.json/);
  });

  test('a manifest that is none', () => {
    expect(() => readAssembly(folder({ 'manifest.json': {} }))).toThrow(/artifacts/);
  });

  test('a resource without a type', () => {
    const path = folder({
      'manifest.json': { artifacts: { one: stackArtifact('one') } },
      'one.template.json': { Resources: { Queue: { Properties: {} } } },
      'one.assets.json': {},
    });
    expect(() => readAssembly(path)).toThrow(/Queue.*Type/s);
  });
});
