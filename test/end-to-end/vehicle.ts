import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleAnswer } from '../../functions/vehicle-generations/vehicle-message.ts';
import { demoFleet } from '../../vehicle-simulator/fleet.ts';
import type { TestStage } from './stage.ts';

const fleet = new Map(demoFleet().map((vehicle) => [vehicle.vin, vehicle]));

/** A vehicle of the demo fleet says something, in its generation's words, through the broker's rule. */
export function say(
  stage: TestStage,
  vin: string,
  answer: Pick<VehicleAnswer, 'commandId' | 'service' | 'state'> & Partial<VehicleAnswer>,
): Promise<unknown> {
  const generation = vehicleGeneration(fleet.get(vin)?.generation ?? '');
  return Promise.resolve(
    stage.messaging.call('SendMessage', 'sqs', {
      QueueUrl: stage.output('IncomingQueueUrl'),
      MessageBody: JSON.stringify({
        topic: generation.answerTopic(vin),
        payload: z.encode(generation.answer, { messageId: randomUUID(), ...answer }),
      }),
    }),
  );
}
