import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      dependencies: z.array(z.string()).default([]),
      properties: z
        .object({ templateFile: z.string().optional(), stackName: z.string().optional() })
        .optional(),
    }),
  ),
});

const AssetManifest = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ path: z.string() }) })).default({}),
});

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.json()).default({}),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  Condition: z.string().optional(),
  Metadata: z.record(z.string(), z.json()).default({}),
});
export type Resource = z.infer<typeof Resource>;

const Template = z.object({
  Resources: z.record(z.string(), Resource).default({}),
  Parameters: z
    .record(z.string(), z.object({ Type: z.string(), Default: z.union([z.string(), z.number()]).optional() }))
    .default({}),
  Conditions: z.record(z.string(), z.json()).default({}),
  Mappings: z.record(z.string(), z.json()).default({}),
  Outputs: z
    .record(z.string(), z.object({ Value: z.json(), Export: z.object({ Name: z.json() }).optional() }))
    .default({}),
});
type Template = z.infer<typeof Template>;

export interface StackArtifact {
  readonly stackName: string;
  readonly template: Template;
  /** Folder of an asset, by the hash that is its S3 key without the ending. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * The stacks of a cloud assembly, each after those that it depends on.
 * @throws Error if the folder holds no assembly, or a template that is none
 */
export function readAssembly(folder: string): StackArtifact[] {
  const { artifacts } = Manifest.parse(readJson(join(folder, 'manifest.json')));
  const ordered = new Set<string>();
  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (artifact === undefined || ordered.has(id)) return;
    for (const dependency of artifact.dependencies) visit(dependency);
    ordered.add(id);
  };
  for (const id of Object.keys(artifacts)) visit(id);

  return [...ordered].flatMap((id) => {
    const { type, properties } = artifacts[id] ?? {};
    if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
    const { files } = AssetManifest.parse(readJson(join(folder, `${id}.assets.json`)));
    return {
      stackName: properties.stackName ?? id,
      template: Template.parse(readJson(join(folder, properties.templateFile))),
      assets: new Map(Object.entries(files).map(([hash, { source }]) => [hash, join(folder, source.path)])),
    };
  });
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
