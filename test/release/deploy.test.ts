import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stageConfig } from '../../lib/stages.ts';
import { environmentVersion } from '../../local/cloudformation/environment-version.ts';
import { type Cdk, cdkDeployment } from '../../release/deploy.ts';

const assembly = mkdtempSync(join(tmpdir(), 'deploy-test-'));
let version: string;
beforeAll(() => {
  const app = new App({ outdir: assembly, builtinCloudFormationValidation: false });
  for (const stage of ['int', 'prod', 'dev-x']) new Stack(app, `remote-services-${stage}-green`);
  app.synth();
  version = environmentVersion(assembly, 'remote-services-int-green');
});
afterAll(() => rmSync(assembly, { recursive: true }));

/** A CDK that synthesises an assembly without anything in it, and deploys nothing. */
function fakeCdk() {
  const calls: string[][] = [];
  const cdk: Cdk = async (args) => {
    calls.push([...args]);
    if (args[0] === 'synth') cpSync(assembly, args.at(-1) ?? '', { recursive: true });
  };
  return { calls, cdk };
}
const optionsOf = (stage: string, cdk: Cdk, changes = {}) => ({
  stage: stageConfig(stage),
  stageOptions: {},
  cdk,
  tell: () => undefined,
  signal: new AbortController().signal,
  ...changes,
});

test('what was synthesised is deployed: what the environment needs, and never the other one', async () => {
  const { calls, cdk } = fakeCdk();
  expect(await cdkDeployment(optionsOf('int', cdk))('green')).toBe(version);
  const [synth = [], deploy = []] = calls;
  const folder = synth.at(-1);
  expect(synth).toEqual(['synth', '--quiet', '-c', 'stage=int', '--output', folder]);
  expect(deploy.slice(0, 3)).toEqual(['deploy', '--app', folder]);
  expect(deploy).toEqual(expect.arrayContaining(['--exclusively', '--require-approval', 'never']));
  expect(deploy.filter((word) => word.startsWith('remote-services-'))).toEqual([
    'remote-services-int-shared',
    'remote-services-int-vehicle-simulator',
    'remote-services-int-green',
    'remote-services-int-traffic',
  ]);
  expect(calls).toHaveLength(2);
});

test('a developer’s stage stays what it is', async () => {
  const { calls, cdk } = fakeCdk();
  const stageOptions = { broker: 'mock', environments: 'blue,green' };
  await cdkDeployment(optionsOf('dev-x', cdk, { stageOptions }))('green');
  expect(calls[0]).toEqual(expect.arrayContaining(['stage=dev-x', 'broker=mock', 'environments=blue,green']));
});

test('only the version that was proved is deployed, without a simulator where there is none', async () => {
  const { calls, cdk } = fakeCdk();
  await expect(cdkDeployment(optionsOf('prod', cdk, { version: 'other' }))('green')).rejects.toThrow(
    /sources are version .*other was proved.*nothing was deployed/,
  );
  expect(calls.map(([action]) => action)).toEqual(['synth']);
  await cdkDeployment(optionsOf('prod', cdk, { version }))('green');
  expect(calls.at(-1)).not.toContain('remote-services-prod-vehicle-simulator');
});
