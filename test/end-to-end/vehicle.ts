import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleAnswer, VehicleReport } from '../../functions/vehicle-generations/vehicle-message.ts';
import { demoFleet } from '../../vehicle-simulator/fleet.ts';
import type { TestStage } from './stage.ts';

const generations = new Map(demoFleet().map(({ vin, generation }) => [vin, generation]));

/** The broker's rule brings what a vehicle publishes. */
function publish(stage: TestStage, topic: string, payload: string): void {
  stage.messaging.call('SendMessage', 'sqs', {
    QueueUrl: stage.output('IncomingQueueUrl'),
    MessageBody: JSON.stringify({ topic, payload }),
  });
}

/** A vehicle of the demo fleet says something, in its generation's words, through the broker's rule. */
export function say(
  stage: TestStage,
  vin: string,
  said: Pick<VehicleAnswer, 'commandId' | 'service' | 'state'> & Partial<VehicleAnswer>,
): void {
  const { answer, answerTopic } = vehicleGeneration(generations.get(vin) ?? '');
  publish(stage, answerTopic(vin), z.encode(answer, { messageId: randomUUID(), ...said }));
}

/**
 * A vehicle tells something on its own; one that is not of the demo fleet speaks as the newest do.
 * @returns the report's id
 */
export function report(
  stage: TestStage,
  vin: string,
  told: Pick<VehicleReport, 'report' | 'data'> & Partial<VehicleReport>,
): string {
  const { report, reportTopic } = vehicleGeneration(generations.get(vin) ?? 'mqtt-2021');
  const whole = { messageId: randomUUID(), occurredAt: new Date().toISOString(), ...told };
  publish(stage, reportTopic(vin), z.encode(report, whole));
  return whole.messageId;
}
