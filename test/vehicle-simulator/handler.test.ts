import { expect, test } from 'vitest';
import { vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { failed, stubLambdaEnvironment } from '../aws-environment.ts';
import { brokerMessageTo, sqsRecord } from '../factories.ts';
import { startMessaging } from '../local/messaging/start.ts';

const vehicleThat = (behaviour: string) =>
  demoFleet().find(({ vin }) => behaviourOf(vin) === behaviour) ?? expect.unreachable();
const messageTo = (behaviour: string) => brokerMessageTo(vehicleThat(behaviour));

test('vehicles answer into the incoming queue, each in its time', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('incoming', {});
  stubLambdaEnvironment(engine.endpoint, { INCOMING_QUEUE_URL: url });
  const { handler } = await import('../../vehicle-simulator/vehicle/handler.ts');
  const sent = (secondsAgo: number) => ({ SentTimestamp: String(Date.now() - secondsAgo * 1000) });
  const response = await handler({
    Records: [
      sqsRecord(messageTo('prompt'), 'prompt', sent(0)),
      sqsRecord(messageTo('late'), 'late', sent(0)),
      sqsRecord(messageTo('silent'), 'silent', sent(0)),
      sqsRecord(messageTo('prompt'), 'too late for the broker', sent(60)),
      sqsRecord({ topic: 'news' }, 'malformed'),
    ],
  });
  expect(response).toEqual(failed('malformed'));
  expect(engine.depth(arn)).toEqual({ visible: 2, inFlight: 0, delayed: 2 });
  const topics = engine.peek(arn).map(({ body }) => JSON.parse(body).topic);
  expect(topics.toSorted()).toEqual(
    ['prompt', 'prompt', 'late', 'late']
      .map(vehicleThat)
      .map(({ vin, generation }) => vehicleGeneration(generation).answerTopic(vin))
      .toSorted(),
  );
});
