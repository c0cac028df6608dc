import { expect, test } from 'vitest';
import { RemoteServiceEvent } from '../../functions/event/event.ts';
import { isFinal, Status } from '../../functions/event/lifecycle.ts';
import { eventPublisher } from '../../functions/event/publisher.ts';
import { eventOf } from '../factories.ts';
import { snsClient, startMessaging } from '../local/messaging/start.ts';

test('subscriptions get the events that their filters ask for, unchanged', async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const subscribe = (name: string, filter: Record<string, string[]>) => {
    const { arn } = engine.createQueue(name, {});
    const attributes = { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify(filter) };
    engine.subscribe(topic.arn, arn, attributes);
    return () => engine.peek(arn).map(({ body }) => RemoteServiceEvent.parse(JSON.parse(body)));
  };
  const final = subscribe('final', { final: ['true'] });
  const notFinal = subscribe('not-final', { final: ['false'] });
  const running = subscribe('running', { status: ['RUNNING'], serviceType: ['horn-blow'] });
  const abroad = subscribe('abroad', { country: ['FR'] });

  const publish = eventPublisher(snsClient(engine), topic.arn);
  const events = Status.options.map((status) => eventOf(status));
  for (const event of events) await publish(event);

  expect(final()).toEqual(events.filter(({ data }) => isFinal(data.status)));
  expect(notFinal()).toEqual(events.filter(({ data }) => !isFinal(data.status)));
  expect(running()).toEqual([eventOf('RUNNING')]);
  expect(abroad()).toEqual([]);
});

test('an event that could not be published is an error', async () => {
  const engine = await startMessaging();
  const publish = eventPublisher(snsClient(engine), 'arn:aws:sns:eu-central-1:000000000000:none');
  await expect(publish(eventOf('CREATED'))).rejects.toThrow(/does not exist/);
});
