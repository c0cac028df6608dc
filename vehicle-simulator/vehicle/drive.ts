import * as z from 'zod';
import type { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { commandedVehicle, type Participant } from '../../functions/vehicle-generations/generations.ts';
import type {
  VehicleAnswer,
  VehicleCommand,
  VehicleReport,
} from '../../functions/vehicle-generations/vehicle-message.ts';
import { REPORTS } from '../../functions/vehicle-reports/catalogue.ts';
import { type AnswerStep, type ReportStep, type Step, stepsOf } from '../behaviour.ts';
import { drawDelay } from '../delay.ts';
import { simulatedBehaviour } from '../fleet.ts';
import { messageIdOf, unknownCommandOf } from './message-id.ts';
import { resultOf } from './result.ts';

/** What the vehicle publishes. An MQTT client does just that; the Lambda vehicle plays the broker's rule as well. */
export interface VehicleSends {
  /** Milliseconds from now. */
  readonly afterMs: number;
  readonly topic: string;
  /** As text. */
  readonly payload: string;
}

/**
 * What the vehicle that listens on the message's topic sends, and when: always the same for the same message.
 * @param receivedMs how long the message has been with the broker: the broker drops what expired there
 * @throws Error for a message that is no command of a vehicle's topic
 */
export function drive({ topic, payload, properties }: BrokerMessage, receivedMs: number): VehicleSends[] {
  if (receivedMs > properties.message_expiry_interval * 1000) return [];
  const listener = commandedVehicle(topic);
  if (listener === undefined) throw new Error(`'${topic}' is not a vehicle's topic for commands`);
  const { generation, vin } = listener;
  const command = z.decode(generation.command, payload);
  const behaviour = simulatedBehaviour(vin);

  return stepsOf(behaviour, command.service).flatMap((step, position) => {
    const key = [behaviour.seed ?? 0, vin, command.commandId, position].join('/');
    const afterMs = drawDelay(step.afterMs, key);
    const message = messageOf(step, {
      listener,
      command,
      messageId: messageIdOf(command.commandId, position),
    });
    return Array.from({ length: step.copies ?? 1 }, (_, copy) => ({
      afterMs: afterMs + copy * (step.everyMs ?? 0),
      ...message,
    }));
  });
}

interface Sending {
  readonly listener: Participant;
  readonly command: VehicleCommand;
  readonly messageId: string;
}

function messageOf(step: Step, sending: Sending): Pick<VehicleSends, 'topic' | 'payload'> {
  const { generation, vin } = sending.listener;
  if ('garbage' in step) {
    return {
      topic: step.on === 'reports' ? generation.reportTopic(vin) : generation.answerTopic(vin),
      payload: step.garbage.repeat(step.repeated ?? 1),
    };
  }
  if ('report' in step) {
    return {
      topic: generation.reportTopic(vin),
      payload: z.encode(generation.report, reportOf(step, sending)),
    };
  }
  return {
    topic: generation.answerTopic(vin),
    payload: z.encode(generation.answer, answerOf(step, sending)),
  };
}

function answerOf(step: AnswerStep, { listener, command, messageId }: Sending): VehicleAnswer {
  const service = serviceNamedBy(step, command.service);
  const result = step.result ?? (step.state === 'EXECUTED' ? resultOf(service, listener.vin) : undefined);
  return {
    messageId,
    commandId: step.to === 'UNKNOWN_COMMAND' ? unknownCommandOf(command.commandId) : command.commandId,
    service,
    state: step.state,
    ...(step.code === undefined ? {} : { code: step.code }),
    ...(result === undefined ? {} : { result }),
  };
}

const SERVICES = CATALOGUE.map(({ vehicleService }) => vehicleService);

function serviceNamedBy({ to }: AnswerStep, service: string): string {
  if (to === 'UNKNOWN_SERVICE') return 'SELF_DESTRUCT';
  if (to !== 'ANOTHER_SERVICE') return service;
  // The next one of the catalogue; the first, after the last.
  return SERVICES[(SERVICES.indexOf(service) + 1) % SERVICES.length] ?? service;
}

function reportOf({ report, data }: ReportStep, { command, messageId }: Sending): VehicleReport {
  const known = REPORTS.find(({ reportType }) => reportType === report);
  // The schema of steps takes no others.
  if (known === undefined) throw new Error(`The catalogue has no report '${report}'`);
  return {
    messageId,
    report: known.vehicleReport,
    // Made from the command, so that a repetition is the same message.
    occurredAt: command.issuedAt,
    data: data ?? known.example,
  };
}
