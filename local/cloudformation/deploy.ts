import type { Json, JsonObject } from '../aws.ts';
import type { Resource, StackArtifact } from './assembly.ts';
import { references, resolve, type Scope } from './intrinsics.ts';

/** What `Ref` and `Fn::GetAtt` answer for a resource. */
export interface Created {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string | string[]>>;
}

export interface ResourceRequest {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** With all intrinsic functions carried out. */
  readonly properties: JsonObject;
  readonly assets: ReadonlyMap<string, string>;
}

/** Creates one resource. @throws Error for a type that it does not know, naming type and logical id */
export type CreateResource = (request: ResourceRequest) => Promise<Created>;

export interface DeployOptions {
  readonly region: string;
  readonly accountId: string;
  readonly create: CreateResource;
  /** Values of the stacks' parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Outputs by stack and name. */
export type Outputs = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Creates the resources of stacks in the order of their dependencies, as CloudFormation does. */
export async function deploy(stacks: readonly StackArtifact[], options: DeployOptions): Promise<Outputs> {
  const exports = new Map<string, Json>();
  const outputs = new Map<string, Map<string, string>>();
  for (const stack of stacks) {
    try {
      outputs.set(stack.stackName, await deployStack(stack, { exports, outputs }, options));
    } catch (error) {
      throw new Error(`${stack.stackName}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  return outputs;
}

async function deployStack(
  { stackName, template, assets }: StackArtifact,
  { exports, outputs: earlier }: { exports: Map<string, Json>; outputs: Outputs },
  { region, accountId, create, parameters }: DeployOptions,
): Promise<Map<string, string>> {
  const created = new Map<string, Created>();
  const pseudo: Record<string, Json> = {
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const scope: Scope = {
    ref: (name) => {
      const value =
        created.get(name)?.ref ?? pseudo[name] ?? parameters[name] ?? template.Parameters[name]?.Default;
      if (value === undefined) {
        throw new Error(
          name in template.Parameters ? `The parameter ${name} has no value` : `Nothing is called ${name}`,
        );
      }
      return value;
    },
    getAtt: (logicalId, attribute) => {
      const value = created.get(logicalId)?.attributes[attribute];
      if (value === undefined)
        throw new Error(`${logicalId} has no attribute ${attribute} on the local stage`);
      return value;
    },
    importValue: (name) => {
      const value = exports.get(name);
      if (value === undefined) throw new Error(`No stack exports ${name}`);
      return value;
    },
    stackOutput: (name, output) => {
      const value = earlier.get(name)?.get(output);
      if (value === undefined) throw new Error(`The stack ${name} has no output ${output}`);
      return value;
    },
    condition: (name) => {
      const condition = template.Conditions[name];
      if (condition === undefined) throw new Error(`There is no condition ${name}`);
      return resolve(condition, scope) === true;
    },
    mappings: template.Mappings,
  };

  for (const [logicalId, resource] of inOrder(template.Resources)) {
    if (resource.Condition !== undefined && !scope.condition(resource.Condition)) continue;
    const properties = resolve(resource.Properties, scope);
    const request = {
      stackName,
      logicalId,
      type: resource.Type,
      properties: properties as JsonObject,
      assets,
    };
    created.set(logicalId, await create(request));
  }

  const outputs = new Map<string, string>();
  for (const [name, { Value, Export }] of Object.entries(template.Outputs)) {
    const value = resolve(Value, scope);
    outputs.set(name, String(value));
    if (Export !== undefined) exports.set(String(resolve(Export.Name, scope)), value);
  }
  return outputs;
}

function inOrder(resources: Readonly<Record<string, Resource>>): [string, Resource][] {
  const ordered = new Map<string, Resource>();
  const visiting = new Set<string>();
  const visit = (logicalId: string): void => {
    const resource = resources[logicalId];
    if (resource === undefined || ordered.has(logicalId)) return;
    if (visiting.has(logicalId)) throw new Error(`${logicalId} depends on itself`);
    visiting.add(logicalId);
    for (const dependency of [resource.DependsOn ?? []].flat()) {
      if (!(dependency in resources))
        throw new Error(`${logicalId} depends on ${dependency}, which is nothing`);
      visit(dependency);
    }
    for (const dependency of references(resource.Properties)) visit(dependency);
    ordered.set(logicalId, resource);
  };
  for (const logicalId of Object.keys(resources)) visit(logicalId);
  return [...ordered];
}
