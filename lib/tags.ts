import { type Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export const tag = (scope: Construct, name: string, value: string): void => Tags.of(scope).add(name, value);

/** Tags for cost attribution, as in the talk: what does each part of the system cost? */
export const tagStage = (scope: Construct, stage: string): void => tag(scope, 'stage', stage);

/** By which tools find a deployed stage's stacks: what is tagged in a template is the stack's resources only. */
export const tagStack = (stack: Stack, stage: string): void => stack.addStackTag('stage', stage);

export const tagEnvironment = (scope: Construct, environment: string): void =>
  tag(scope, 'environment', environment);

/** `event-creation`, or the stack's own name where a stack is one block. */
export const tagBuildingBlock = (scope: Construct, name: string): void => tag(scope, 'building-block', name);
