import { createHash } from 'node:crypto';
import type { Json } from '../aws.ts';
import { type Resource, readAssembly, type StackArtifact } from './assembly.ts';

/** Of one stack, by logical ids: what a version is made of. */
export interface StackCode {
  /** Hashes of functions' code. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Definitions of state machines, as the template has them. */
  readonly definitions: readonly (readonly [string, Json])[];
}

/**
 * The version of an environment: its functions' code and its state machines, without regard to which environment it is.
 * @param assembly folder of a cloud assembly
 * @returns the first 12 hexadecimal digits of a SHA-256
 * @throws Error if the assembly has no such stack
 */
export function environmentVersion(assembly: string, stackName: string): string {
  const stack = readAssembly(assembly).find((candidate) => candidate.stackName === stackName);
  if (stack === undefined) throw new Error(`There is no stack ${stackName} in ${assembly}`);
  return versionOf(codeOf(stack));
}

export function codeOf({ template }: StackArtifact): StackCode {
  const resources = Object.entries(template.Resources);
  return {
    hashes: new Map(
      resources.flatMap(([logicalId, resource]) => {
        const hash = codeHash(resource);
        return hash === undefined ? [] : [[logicalId, hash]];
      }),
    ),
    definitions: resources
      .filter(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine')
      .map(([logicalId, { Properties }]) => [logicalId, Properties.DefinitionString ?? null]),
  };
}

export function versionOf({ hashes, definitions }: StackCode): string {
  const sorted = [...hashes, ...definitions].sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 12);
}

/** The hash that is the S3 key of a function's code without its ending; `undefined` for anything but a function. */
function codeHash({ Type, Properties: { Code } }: Resource): string | undefined {
  if (Type !== 'AWS::Lambda::Function' || Code === null || typeof Code !== 'object' || Array.isArray(Code)) {
    return undefined;
  }
  return String(Code?.S3Key).replace(/\.zip$/, '');
}
