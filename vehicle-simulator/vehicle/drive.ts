import type { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import {
  answerTopic,
  commandTopic,
  VehicleCommand,
} from '../../functions/remote-services/vehicle-payload.ts';
import { type Step, stepsOf } from '../behaviour.ts';
import { behaviourOf } from '../fleet.ts';

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
  const vin = topic.split('/')[1] ?? '';
  if (topic !== commandTopic(vin)) throw new Error(`'${topic}' is not a vehicle's topic for commands`);
  const command = VehicleCommand.parse(JSON.parse(payload));

  return stepsOf(behaviourOf(vin), command.service).flatMap((step) => {
    const body = JSON.stringify({ topic: answerTopic(vin), payload: payloadOf(step, command, newId) });
    const copies = 'garbage' in step ? 1 : (step.copies ?? 1);
    return Array.from({ length: copies }, () => ({ afterMs: step.afterMs, body }));
  });
}

function payloadOf(step: Step, command: VehicleCommand, newId: () => string): string {
  if ('garbage' in step) return step.garbage;
  return JSON.stringify({
    version: 1,
    messageId: newId(),
    commandId: command.commandId,
    service: command.service,
    state: step.state,
    code: step.code,
  });
}
