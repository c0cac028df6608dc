import { Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Tags for cost attribution, as in the talk: what does each part of the system cost? */
const tag = (scope: Construct, name: string, value: string): void => Tags.of(scope).add(name, value);

export const tagStage = (scope: Construct, stage: string): void => tag(scope, 'stage', stage);
export const tagEnvironment = (scope: Construct, environment: string): void =>
  tag(scope, 'environment', environment);

/** The building block is named as the construct is: `EventCreation` → `event-creation`. */
export const tagBuildingBlock = (block: Construct): void =>
  tag(block, 'building-block', block.node.id.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase());
