import type { Json } from '../../../local/aws.ts';
import type { StackArtifact } from '../../../local/cloudformation/assembly.ts';

interface Part {
  readonly Type: string;
  readonly Properties?: Record<string, Json>;
}

/** The stack of the environment blue, in which every resource belongs to one building block. */
export function stackOf(block: string, parts: Readonly<Record<string, Part>>): StackArtifact {
  const tags = { Tags: [{ Key: 'building-block', Value: block }] };
  const resources = Object.entries(parts).map(([logicalId, { Type, Properties }]) => [
    logicalId,
    { Type, Properties: { ...Properties, ...tags }, Metadata: {} },
  ]);
  return {
    stackName: 'remote-services-dev-x-blue',
    template: {
      Resources: Object.fromEntries(resources),
      Parameters: {},
      Conditions: {},
      Mappings: {},
      Outputs: {},
    },
    assets: new Map(),
  };
}

/** A function with a role, both named after it. */
export const functionCalled = (logicalId: string, systemLogLevel?: string): Record<string, Part> => ({
  [logicalId]: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Role: { 'Fn::GetAtt': [`${logicalId}Role`, 'Arn'] },
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', ...(systemLogLevel && { SystemLogLevel: systemLogLevel }) },
    },
  },
  [`${logicalId}Role`]: { Type: 'AWS::IAM::Role' },
});

/** A workflow with a role, both named after it, which logs errors. */
export const workflowCalled = (
  logicalId: string,
  definition = '{}',
  level = 'ERROR',
): Record<string, Part> => ({
  [logicalId]: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: { 'Fn::GetAtt': [`${logicalId}Role`, 'Arn'] },
      DefinitionString: definition,
      LoggingConfiguration: { Level: level },
      TracingConfiguration: { Enabled: true },
    },
  },
  [`${logicalId}Role`]: { Type: 'AWS::IAM::Role' },
});
