import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Stacks by name: functions with their code, and other resources, each by logical id. */
export interface Stacks {
  readonly [stackName: string]: {
    readonly functions?: Readonly<Record<string, string>>;
    readonly others?: Readonly<Record<string, { Type: string; Properties?: object }>>;
  };
}

/** An empty folder that goes with the test. */
export function emptyFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'assembly-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes a cloud assembly as CDK does: functions of the same code share one folder. */
export function writeAssembly(path: string, stacks: Stacks): void {
  const artifacts: Record<string, unknown> = {};
  for (const [name, { functions = {}, others = {} }] of Object.entries(stacks)) {
    artifacts[name] = { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.json` } };
    const files: Record<string, unknown> = {};
    const resources: Record<string, unknown> = { ...others };
    for (const [logicalId, code] of Object.entries(functions)) {
      const hash = Buffer.from(code).toString('hex');
      mkdirSync(join(path, `asset.${hash}`), { recursive: true });
      writeFileSync(join(path, `asset.${hash}`, 'index.mjs'), code);
      files[hash] = { source: { path: `asset.${hash}` } };
      resources[logicalId] = {
        Type: 'AWS::Lambda::Function',
        Properties: { Code: { S3Key: `${hash}.zip` }, Timeout: 3 },
        Metadata: { 'aws:asset:path': `asset.${hash}` },
      };
    }
    writeFileSync(join(path, `${name}.json`), JSON.stringify({ Resources: resources }));
    writeFileSync(join(path, `${name}.assets.json`), JSON.stringify({ files }));
  }
  writeFileSync(join(path, 'manifest.json'), JSON.stringify({ artifacts }));
}
