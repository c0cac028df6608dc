import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';

/** The topics on which vehicles of a generation publish. */
export const publishedTopics = (generation: VehicleGeneration, vin: string): string[] => [
  generation.answerTopic(vin),
  generation.reportTopic(vin),
];

/** The topics on which any vehicle of any generation takes commands, with `*` for the VIN. */
export const commandTopics = (): string[] => GENERATIONS.map((generation) => generation.commandTopic('*'));

type Kind = 'client' | 'topic' | 'topicfilter';

/** As policies name a client by its id, and a topic by its name. */
export const iotArn = (scope: Construct, kind: Kind, name: string): string =>
  Stack.of(scope).formatArn({ service: 'iot', resource: kind, resourceName: name });
