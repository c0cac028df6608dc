import { Vin } from '../event/event.ts';
import { http2013 } from './http-2013.ts';
import { mqtt2018 } from './mqtt-2018.ts';
import { mqtt2021 } from './mqtt-2021.ts';
import type { VehicleGeneration } from './vehicle-generation.ts';

/** Every generation that is on the road, oldest first. */
export const GENERATIONS: readonly [VehicleGeneration, ...VehicleGeneration[]] = [
  http2013,
  mqtt2018,
  mqtt2021,
];

const byName = new Map(GENERATIONS.map((generation) => [generation.name, generation]));

/** @throws Error if there is no such generation: a record of another version of this backend */
export function vehicleGeneration(name: string): VehicleGeneration {
  const generation = byName.get(name);
  if (generation === undefined) throw new Error(`There is no vehicle generation '${name}'`);
  return generation;
}

/** A vehicle, and how it speaks. */
export interface Participant {
  readonly generation: VehicleGeneration;
  readonly vin: string;
}

type TopicOf = (generation: VehicleGeneration, vin: string) => string;

/** A vehicle's topics name it in the part before the last. */
function participant(topic: string, topicOf: TopicOf): Participant | undefined {
  const vin = Vin.safeParse(topic.split('/').at(-2));
  if (!vin.success) return undefined;
  const generation = GENERATIONS.find((candidate) => topicOf(candidate, vin.data) === topic);
  return generation && { generation, vin: vin.data };
}

/**
 * Who publishes to this topic. The broker lets a vehicle publish to its own topics only: the topic says who it is.
 * @returns undefined for a topic that no vehicle answers on
 */
export const answeringVehicle = (topic: string): Participant | undefined =>
  participant(topic, (generation, vin) => generation.answerTopic(vin));

/**
 * Who tells of itself on this topic.
 * @returns undefined for a topic that no vehicle reports on
 */
export const reportingVehicle = (topic: string): Participant | undefined =>
  participant(topic, (generation, vin) => generation.reportTopic(vin));

/**
 * Who listens on this topic.
 * @returns undefined for a topic that no vehicle takes commands from
 */
export const commandedVehicle = (topic: string): Participant | undefined =>
  participant(topic, (generation, vin) => generation.commandTopic(vin));
