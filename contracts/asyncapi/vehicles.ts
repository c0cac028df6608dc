import { VIN_PATTERN } from '../../functions/event/event.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';
import { answersOf, commandTo, type Delivery, reportsOf, VIN } from '../samples.ts';
import { example } from './example.ts';
import { ref } from './schemas.ts';
import { writingOf } from './writing.ts';

/** What is said to and by vehicles of each generation: to the broker and, as its payload, on the vehicles' topics. */

interface Talk {
  readonly generation: VehicleGeneration;
  /** Begins the names of components. */
  readonly name: string;
  readonly title: string;
  /** The topic of a vehicle. */
  readonly topicOf: (vin: string) => string;
  readonly codec: VehicleGeneration['command' | 'answer' | 'report'];
  /** What is exchanged with the broker: topic, payload, and more. */
  readonly carrier: string;
  readonly carried: Readonly<Record<string, Delivery>>;
}

const commands: readonly Talk[] = GENERATIONS.map((generation) => ({
  generation,
  name: `${generation.name}-command`,
  title: `A command for a vehicle of the generation ${generation.name}`,
  topicOf: (vin) => generation.commandTopic(vin),
  codec: generation.command,
  carrier: 'BrokerMessage',
  carried: { command: commandTo(generation) },
}));

const answers: readonly Talk[] = GENERATIONS.map((generation) => ({
  generation,
  name: `${generation.name}-answer`,
  title: `An answer of a vehicle of the generation ${generation.name}`,
  topicOf: (vin) => generation.answerTopic(vin),
  codec: generation.answer,
  carrier: 'BrokerDelivery',
  carried: answersOf(generation),
}));

const reports: readonly Talk[] = GENERATIONS.map((generation) => ({
  generation,
  name: `${generation.name}-report`,
  title: `What a vehicle of the generation ${generation.name} tells on its own`,
  topicOf: (vin) => generation.reportTopic(vin),
  codec: generation.report,
  carrier: 'BrokerDelivery',
  carried: reportsOf(generation),
}));

/** What the payload of a carried message holds: on the vehicle's topic it is the message. */
function ownMessage({ name, title, codec, carried }: Talk) {
  const { contentType, parse } = writingOf(codec);
  return {
    name,
    title,
    contentType,
    payload: ref(name),
    examples: Object.entries(carried).map(([of, { payload }]) => example(of, parse(payload))),
  };
}

function carriedMessage({ name, title, codec, topicOf, carrier, carried }: Talk) {
  const { contentType } = writingOf(codec);
  return {
    name: `${name}-carried`,
    title,
    summary: `\`payload\` is the text of the message on the channel \`${name}s\`.`,
    contentType: 'application/json',
    payload: {
      allOf: [ref(carrier)],
      type: 'object',
      properties: {
        topic: { type: 'string', pattern: topicOf(VIN_PATTERN.slice(1, -1)).replace(/^.*$/, '^$&$') },
        payload: { type: 'string', contentMediaType: contentType },
      },
    },
    examples: Object.entries(carried).map(([of, value]) => example(of, value)),
  };
}

const messagesOf = (talks: readonly Talk[]) =>
  Object.fromEntries(
    talks.flatMap((talk) => [
      [talk.name, ownMessage(talk)],
      [`${talk.name}-carried`, carriedMessage(talk)],
    ]),
  );

const channelsOf = (talks: readonly Talk[], description: string) =>
  Object.fromEntries(
    talks.map(({ name, title, topicOf }) => [
      `${name}s`,
      {
        address: topicOf('{vin}'),
        title,
        description,
        messages: { [name]: { $ref: `#/components/messages/${name}` } },
        parameters: { vin: { description: 'The vehicle', examples: [VIN] } },
      },
    ]),
  );

export const VEHICLE_MESSAGES = messagesOf([...commands, ...answers, ...reports]);

/** The names of the messages to the broker, and of those from it. */
export const CARRIED_COMMANDS = commands.map(({ name }) => `${name}-carried`);
export const CARRIED_FROM_VEHICLES = [...answers, ...reports].map(({ name }) => `${name}-carried`);

/** Topics at the broker; the backend reaches them through it. */
export const VEHICLE_CHANNELS = {
  ...channelsOf(
    commands,
    'Where the broker places commands for a vehicle: at least once, and never after they have expired.',
  ),
  ...channelsOf(
    [...answers, ...reports],
    'Where a vehicle publishes. The broker lets it publish to its own topics only.',
  ),
};
