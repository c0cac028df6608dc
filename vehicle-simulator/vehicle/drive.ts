import * as z from 'zod';
import type { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { commandedVehicle } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleAnswer, VehicleCommand } from '../../functions/vehicle-generations/vehicle-message.ts';
import { type Step, stepsOf } from '../behaviour.ts';
import { behaviourOf } from '../fleet.ts';
import { resultOf } from './result.ts';

/** A message of the vehicle, as the broker's rule puts it on the incoming queue. */
export interface VehicleSends {
  /** Milliseconds from now. */
  readonly afterMs: number;
  readonly body: string;
}

/**
 * What the vehicle that listens on the message's topic sends, and when.
 * @param receivedMs how long the message has been with the broker: the broker drops what expired there
 * @param newId draws the ids of the vehicle's messages
 * @throws Error for a message that is no command of a vehicle's topic
 */
export function drive(
  { topic, payload, properties }: BrokerMessage,
  receivedMs: number,
  newId: () => string,
): VehicleSends[] {
  if (receivedMs > properties.message_expiry_interval * 1000) return [];
  const listener = commandedVehicle(topic);
  if (listener === undefined) throw new Error(`'${topic}' is not a vehicle's topic for commands`);
  const { generation, vin } = listener;
  const command = z.decode(generation.command, payload);

  return stepsOf(behaviourOf(vin), command.service).flatMap((step) => {
    const text =
      'garbage' in step
        ? step.garbage
        : z.encode(generation.answer, answerOf(step, { vin, command, messageId: newId() }));
    const body = JSON.stringify({ topic: generation.answerTopic(vin), payload: text });
    const copies = 'garbage' in step ? 1 : (step.copies ?? 1);
    return Array.from({ length: copies }, () => ({ afterMs: step.afterMs, body }));
  });
}

interface Answering {
  readonly vin: string;
  readonly command: VehicleCommand;
  readonly messageId: string;
}

function answerOf(
  { state, code }: Exclude<Step, { garbage: string }>,
  { vin, command, messageId }: Answering,
): VehicleAnswer {
  const { commandId, service } = command;
  const result = state === 'EXECUTED' ? resultOf(service, vin) : undefined;
  return {
    messageId,
    commandId,
    service,
    state,
    ...(code === undefined ? {} : { code }),
    ...(result === undefined ? {} : { result }),
  };
}
