import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS, bundle } from '../../lib/bundle.ts';
import type { EnvironmentName } from '../../lib/stages.ts';
import { readAssembly } from '../../local/cloudformation/assembly.ts';
import { resourceName } from '../../local/resource-name.ts';
import type { Change } from './breakages.ts';
import type { TestStage } from './stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Mend = () => void;
/** Breaks a running stage: functions of one environment, and its first one by default. */
export type Break = (stage: TestStage, environment?: EnvironmentName) => Mend;

/**
 * Makes the broken code.
 * @returns a function that breaks a running stage, and answers one that mends it
 * @throws Error if the product has no such text any more
 */
export async function prepareBreak(changes: readonly Change[]): Promise<Break> {
  const breaks = await Promise.all(
    changes.flatMap((change): Promise<Break>[] =>
      'workflow' in change
        ? [Promise.resolve((stage) => breakWorkflow(stage, change))]
        : change.handlers.map((handler) => brokenFunction(handler, change)),
    ),
  );
  return (stage, environment) => {
    const mends = breaks.map((breakIt) => breakIt(stage, environment));
    return () => {
      for (const mend of mends) mend();
    };
  };
}

/** Of the running ones, the workflow that has the text. */
function breakWorkflow(stage: TestStage, change: Extract<Change, { workflow: string }>): Mend {
  for (const [arn, machine] of stage.stateMachines) {
    // Without the blanks between its tokens.
    const definition = JSON.stringify(JSON.parse(machine.definition));
    if (!definition.includes(change.text)) continue;
    const broken = { ...machine, definition: definition.replace(change.text, change.by) };
    stage.workflows.create(arn, broken);
    return () => stage.workflows.create(arn, machine);
  }
  throw new Error(noSuchText(change.text, change.workflow));
}

/** Bundles the handler with the one file changed; a function takes the new code when it is reloaded. */
async function brokenFunction(handler: string, change: Extract<Change, { file: string }>): Promise<Break> {
  const file = resolve(ROOT, change.file);
  const source = readFileSync(file, 'utf8');
  if (!source.includes(change.text)) throw new Error(noSuchText(change.text, change.file));
  const contents = source.replace(change.text, change.by);
  const { outputFiles } = await build({
    ...BUNDLE_OPTIONS,
    absWorkingDir: ROOT,
    entryPoints: [handler],
    write: false,
    plugins: [
      {
        name: 'break',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) => (path === file ? { contents, loader: 'ts' } : undefined)),
      },
    ],
  });
  const broken = outputFiles[0]?.text ?? '';
  return (stage, environment = 'blue') => {
    const { folder: whole, lambda } = runningFunction(stage, environment, handler);
    // Environments share the folder of what was deployed.
    const folder = mkdtempSync(join(stage.assembly, 'broken-'));
    writeFileSync(join(folder, 'index.mjs'), broken);
    lambda.reload(folder);
    return () => lambda.reload(whole);
  };
}

/** Of the function, in the environment or beside, whose code in the assembly is the handler's bundle. */
function runningFunction(stage: TestStage, environment: EnvironmentName, handler: string) {
  const code = readFileSync(join(bundle(handler), 'index.mjs'), 'utf8');
  const other = environment === 'blue' ? '-green' : '-blue';
  for (const { stackName, template, assets } of readAssembly(stage.assembly)) {
    if (stackName.endsWith(other)) continue;
    for (const [logicalId, { Type, Properties }] of Object.entries(template.Resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      const hash = /"S3Key":"(\w+)\.zip"/.exec(JSON.stringify(Properties))?.[1] ?? '';
      const folder = assets.get(hash) ?? '';
      if (readFileSync(join(folder, 'index.mjs'), 'utf8') !== code) continue;
      const name = resourceName(stackName, logicalId);
      const [, lambda] = [...stage.functions].find(([arn]) => arn.endsWith(`:${name}`)) ?? [];
      if (lambda !== undefined) return { folder, lambda };
    }
  }
  throw new Error(`No function runs ${handler}`);
}

const noSuchText = (text: string, where: string): string =>
  `${where} has no «${text}» any more: say anew how to break it`;
