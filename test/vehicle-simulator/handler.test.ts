import { expect, test } from 'vitest';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { failed, stubLambdaEnvironment } from '../aws-environment.ts';
import { brokerMessageTo, sqsRecord } from '../factories.ts';
import { startMessaging } from '../local/messaging/start.ts';

const vinOf = (behaviour: string): string =>
  demoFleet().find(({ vin }) => behaviourOf(vin) === behaviour)?.vin ?? expect.unreachable();

test('vehicles answer into the incoming queue, each in its time', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('incoming', {});
  stubLambdaEnvironment(engine.endpoint, { INCOMING_QUEUE_URL: url });
  const { handler } = await import('../../vehicle-simulator/vehicle/handler.ts');
  const sent = (secondsAgo: number) => ({ SentTimestamp: String(Date.now() - secondsAgo * 1000) });
  const response = await handler({
    Records: [
      sqsRecord(brokerMessageTo(vinOf('prompt')), 'prompt', sent(0)),
      sqsRecord(brokerMessageTo(vinOf('late')), 'late', sent(0)),
      sqsRecord(brokerMessageTo(vinOf('silent')), 'silent', sent(0)),
      sqsRecord(brokerMessageTo(vinOf('prompt')), 'too late for the broker', sent(60)),
      sqsRecord({ topic: 'news' }, 'malformed'),
    ],
  });
  expect(response).toEqual(failed('malformed'));
  expect(engine.depth(arn)).toEqual({ visible: 2, inFlight: 0, delayed: 2 });
  const topics = engine.peek(arn).map(({ body }) => JSON.parse(body).topic);
  expect(topics.toSorted()).toEqual(
    ['prompt', 'prompt', 'late', 'late']
      .map((behaviour) => `vehicles/${vinOf(behaviour)}/answers`)
      .toSorted(),
  );
});
