import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, Stack, TagManager } from 'aws-cdk-lib';
import * as z from 'zod';
import cdk from '../../cdk.json' with { type: 'json' };
import { type StageConfig, stageConfig } from '../../lib/stages.ts';
import type { Json, JsonObject } from '../../local/aws.ts';
import { readAssembly, type StackArtifact } from '../../local/cloudformation/assembly.ts';
import { resolve } from '../../local/cloudformation/intrinsics.ts';
import { scratchFolder } from '../scratch.ts';
import { remoteVehicleServices } from './unbundled.ts';

/** Files of tests share this module, and the stages that one of them has synthesised. */
const synthesised = new Map<string, SynthesisedStage>();

/**
 * A resource of a synthesised stage in readable terms. What its properties refer to is replaced by names: a
 * resource by its path, with `.Attribute` behind it unless that is its ARN.
 */
export interface Resource {
  /** Stack and construct, `blue/EventProcessing/Events`. */
  readonly path: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** Paths of what the template says must be there before. */
  readonly dependsOn: readonly string[];
  /** What becomes of it when it leaves the stack. */
  readonly deletionPolicy: string;
  /** Undefined if resources of its type have none. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export interface SynthesisedStage {
  readonly config: StageConfig;
  readonly stacks: readonly StackArtifact[];
  /** What CDK's command-line tool tags the stacks themselves with, by their names. */
  readonly stackTags: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Names of the stacks that cannot be deleted until somebody allows it. */
  readonly protectedStacks: readonly string[];
  /** Names of the stacks that are deployed before each. */
  readonly stackDependencies: Readonly<Record<string, readonly string[]>>;
  readonly resources: readonly Resource[];
  /** The resources of one type. */
  all(type: string): Resource[];
  /** The one resource with this path. @throws Error if there is none */
  at(path: string): Resource;
  /** The stacks' outputs, in readable terms as well. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Path of the handler whose code a function runs. */
  entryOf(lambda: Resource): string;
}

/** One stage of each kind, so that each broker has one. */
export const kindsOfStages = (): StageConfig[] => [
  stageConfig('dev-x'),
  stageConfig('dev-iot', { broker: 'iot-core' }),
  stageConfig('test'),
  stageConfig('int'),
  stageConfig('prod'),
];
export const allStages = (): SynthesisedStage[] => kindsOfStages().map(synthesise);

/**
 * The stage without its second environment, which is like the first: stages.test.ts looks at that. So tables of what
 * there is in an environment need to be written only once.
 */
export const withoutGreen = (stage: SynthesisedStage): SynthesisedStage => {
  const resources = stage.resources.filter(({ path }) => !path.startsWith('green/'));
  return { ...stage, resources, all: (type) => resources.filter((resource) => resource.type === type) };
};

/** Synthesises a stage as `cdk synth` does, but for the bundles and the checks; each once. */
export function synthesise(config: StageConfig): SynthesisedStage {
  const key = JSON.stringify(config);
  const stage = synthesised.get(key) ?? synthesiseAnew(config);
  synthesised.set(key, stage);
  return stage;
}

function synthesiseAnew(config: StageConfig): SynthesisedStage {
  const outdir = scratchFolder('assembly-');
  const app = new App({
    outdir,
    context: cdk.context,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
  });
  remoteVehicleServices(app, config);
  const assembly = app.synth();

  const stacks = readAssembly(outdir);
  const constructs = constructsOf(app);
  const scopes = new Map<string, ReturnType<typeof readableScope>>();
  for (const stack of stacks) scopes.set(stack.stackName, readableScope(stack, config, constructs, scopes));

  const resources = stacks.flatMap(({ stackName, template }) =>
    Object.entries(template.Resources).map(([logicalId, resource]) => {
      const construct = constructs.get(`${stackName}/${logicalId}`);
      if (construct === undefined) throw new Error(`${logicalId} has no construct`);
      return {
        path: readablePath(construct.node.path, config),
        type: resource.Type,
        properties: scopes.get(stackName)?.resolve(resource.Properties) as JsonObject,
        dependsOn: [resource.DependsOn ?? []]
          .flat()
          .map((id) => String(scopes.get(stackName)?.resolve({ Ref: id }))),
        deletionPolicy: construct.cfnOptions.deletionPolicy ?? 'Delete',
        tags:
          TagManager.of(construct) || resource.Properties.Replicas ? tagsIn(resource.Properties) : undefined,
      };
    }),
  );
  const byPath = new Map(resources.map((resource) => [resource.path, resource]));
  const assets = new Map(stacks.flatMap((stack) => [...stack.assets]));

  return {
    config,
    stacks,
    stackTags: Object.fromEntries(
      assembly.stacks.map(({ stackName, manifest }) => [
        stackName,
        StackProperties.parse(manifest.properties).tags,
      ]),
    ),
    protectedStacks: assembly.stacks
      .filter(({ manifest }) => StackProperties.parse(manifest.properties).terminationProtection)
      .map(({ stackName }) => stackName),
    stackDependencies: Object.fromEntries(
      assembly.stacks.map(({ stackName, dependencies }) => [
        stackName,
        dependencies.map(({ id }) => id).filter((id) => scopes.has(id)),
      ]),
    ),
    resources,
    all: (type) => resources.filter((resource) => resource.type === type),
    at: (path) => {
      const resource = byPath.get(path);
      if (resource === undefined) throw new Error(`There is no resource ${path}`);
      return resource;
    },
    outputs: Object.fromEntries(
      stacks.flatMap(({ stackName, template }) =>
        Object.entries(template.Outputs).map(([name, { Value }]) => [
          `${shortName(stackName, config)}/${name}`,
          String(scopes.get(stackName)?.resolve(Value)),
        ]),
      ),
    ),
    entryOf: ({ path, properties }) => {
      const { S3Key } = properties.Code as JsonObject;
      const folder = assets.get(String(S3Key).replace(/\.zip$/, ''));
      if (folder === undefined) throw new Error(`The code of ${path} is not among the assets`);
      return readFileSync(join(folder, 'index.mjs'), 'utf8');
    },
  };
}

const StackProperties = z.object({
  tags: z.record(z.string(), z.string()).default({}),
  terminationProtection: z.boolean().default(false),
});

const Tags = z
  .union([
    z.record(z.string(), z.string()),
    z
      .array(z.object({ Key: z.string(), Value: z.string() }))
      .transform((tags) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))),
  ])
  .default({});

/** The tags in a template: a global table has them at its replica, a user pool under a name of their own. */
const tagsIn = ({
  Tags: own,
  UserPoolTags,
  Replicas,
}: StackArtifact['template']['Resources'][string]['Properties']) =>
  Tags.parse(
    Replicas === undefined
      ? (UserPoolTags ?? own)
      : z.tuple([z.looseObject({ Tags: z.json() })]).parse(Replicas)[0].Tags,
  );

/** `remote-services-dev-x-blue` → `blue` */
const shortName = (stackName: string, { name }: StageConfig): string =>
  stackName.replace(`remote-services-${name}-`, '');

const readablePath = (constructPath: string, config: StageConfig): string =>
  shortName(constructPath, config).replace(/\/Resource$/, '');

function constructsOf(app: App): Map<string, CfnResource> {
  const resources = app.node.findAll().filter((construct) => CfnResource.isCfnResource(construct));
  return new Map(
    resources.map((construct) => {
      const stack = Stack.of(construct);
      return [`${stack.stackName}/${String(stack.resolve(construct.logicalId))}`, construct];
    }),
  );
}

/** Pseudo parameters that are left in readable values. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': 'account',
  'AWS::Partition': 'aws',
  'AWS::Region': 'region',
  'AWS::StackId': 'stack',
  'AWS::URLSuffix': 'amazonaws.com',
};

function readableScope(
  { stackName, template }: StackArtifact,
  config: StageConfig,
  constructs: ReadonlyMap<string, CfnResource>,
  scopes: ReadonlyMap<string, { outputs: Record<string, { Value: Json }>; resolve(value: Json): Json }>,
) {
  const pathOf = (logicalId: string): string => {
    const construct = constructs.get(`${stackName}/${logicalId}`);
    if (construct === undefined) throw new Error(`${stackName} has no resource ${logicalId}`);
    return readablePath(construct.node.path, config);
  };
  const scope = {
    ref: (name: string) => PSEUDO[name] ?? (name in template.Parameters ? `<${name}>` : pathOf(name)),
    getAtt: (logicalId: string, attribute: string): Json => {
      if (attribute === 'Arn') return pathOf(logicalId);
      const readable = `${pathOf(logicalId)}.${attribute}`;
      // The one list among them: an endpoint has an interface in each of two zones.
      return attribute === 'NetworkInterfaceIds' ? [`${readable}.0`, `${readable}.1`] : readable;
    },
    importValue: (name: string): Json => {
      throw new Error(`An import locks the exporting stack: ${name}`);
    },
    stackOutput: (other: string, output: string) => {
      const exporting = scopes.get(other);
      const value = exporting?.outputs[output]?.Value;
      if (exporting === undefined || value === undefined) throw new Error(`${other} has no output ${output}`);
      return exporting.resolve(value);
    },
    condition: () => false,
    mappings: template.Mappings,
  };
  return { outputs: template.Outputs, resolve: (value: Json) => resolve(withoutArnParts(value), scope) };
}

/** Where CDK takes partition and region out of a resource's ARN: here an ARN is a path, and has no such parts. */
const ARN_PART = /\{"Fn::Select":\[([13]),\{"Fn::Split":\[":",\{"Fn::GetAtt":\["\w+","Arn"\]\}\]\}\]\}/g;

const withoutArnParts = (value: Json): Json =>
  JSON.parse(JSON.stringify(value).replaceAll(ARN_PART, (_, part) => (part === '1' ? '"aws"' : '"region"')));
