import { text } from 'node:stream/consumers';
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import {
  Notification,
  notificationOf,
  reportNotificationOf,
} from '../../functions/event-processing/distribution/notification.ts';
import { Watch } from '../../functions/event-processing/watch.ts';
import { failed, stubLambdaEnvironment } from '../aws-environment.ts';
import { at, EVENT_ID, eventOf, OTHER_EVENT_ID, reportedEvent, sqsRecord, VIN } from '../factories.ts';
import { startMessaging } from '../local/messaging/start.ts';
import { startPeer, startPeerAnswering } from '../peer.ts';
import { type RealTables, realTables } from '../persistence/tables.ts';

const open = realTables();

/** @param bodies by the messages' ids */
const batch = (bodies: Record<string, unknown>): SQSEvent => ({
  Records: Object.entries(bodies).map(([messageId, body]) => sqsRecord(body, messageId)),
});
const storeEnvironment = ({ eventsTable, leasesTable }: RealTables) => ({
  EVENTS_TABLE: eventsTable,
  LEASES_TABLE: leasesTable,
  RETENTION_DAYS: '30',
});
/** DynamoDB has no such number. */
const unstorable = eventOf('EXECUTED', { data: { eventId: OTHER_EVENT_ID, result: { level: 1e300 } } });
const malformed = { ...eventOf('RUNNING'), time: 'now' };

test('persistence stores what it can, and names the rest', async () => {
  const tables = await open();
  stubLambdaEnvironment(tables.endpoint, storeEnvironment(tables));
  const { handler } = await import('../../functions/event-processing/persistence/handler.ts');
  const running = eventOf('RUNNING');
  const response = await handler(batch({ running, malformed, unstorable, again: running }));
  expect(response).toEqual(failed('malformed', 'unstorable'));
  expect(await tables.store.getState(EVENT_ID)).toMatchObject({ status: 'RUNNING' });
  expect(await tables.historyOf(VIN)).toEqual([{ id: running.id, time: at(2), ignored: false }]);
});

describe('distribution', () => {
  async function distributionTo(url: string) {
    const tables = await open();
    stubLambdaEnvironment(tables.endpoint, {
      ...storeEnvironment(tables),
      SUBSCRIBER_URL: url,
      METRICS_NAMESPACE: 'RemoteVehicleServices/test',
      // Metrics then go where the test can see them.
      POWERTOOLS_DEV: 'true',
      POWERTOOLS_METRICS_DISABLED: 'false',
    });
    return import('../../functions/event-processing/distribution/handler.ts');
  }

  test('posts the end that stands, and prints as metrics its latency and whether it is a failure', async () => {
    const printed = vi.spyOn(console, 'log').mockReturnValue();
    const posted: unknown[] = [];
    const { url } = await startPeer(async (request, response) => {
      posted.push(Notification.parse(JSON.parse(await text(request))));
      response.end();
    });
    const { handler } = await distributionTo(url);
    const executed = eventOf('EXECUTED');
    expect(await handler(batch({ executed }))).toEqual(failed());
    expect(await handler(batch({ crossing: eventOf('FAILED'), malformed }))).toEqual(failed('malformed'));

    expect(posted).toEqual([notificationOf(executed)]);
    expect(printed.mock.calls.map(([line]) => JSON.parse(String(line)))).toEqual([
      {
        Failures: 0,
        environment: 'blue',
        _aws: expect.objectContaining({
          CloudWatchMetrics: [
            {
              Namespace: 'RemoteVehicleServices/test',
              // No more: each combination of values costs.
              Dimensions: [['environment']],
              Metrics: [{ Name: 'Failures', Unit: 'Count' }],
            },
          ],
        }),
      },
      expect.objectContaining({
        EndToEndLatency: expect.any(Number),
        serviceType: 'horn-blow',
        status: 'EXECUTED',
        environment: 'blue',
        _aws: expect.objectContaining({
          CloudWatchMetrics: [expect.objectContaining({ Namespace: 'RemoteVehicleServices/test' })],
        }),
      }),
    ]);
  });

  test('measures each end by its own dimensions, by the library’s for latencies and by one for failures', async () => {
    const printed = vi.spyOn(console, 'log').mockReturnValue();
    const { url } = await startPeerAnswering(200);
    const { handler } = await distributionTo(url);
    const blue = eventOf('EXECUTED');
    const green = eventOf('FAILED', {
      data: { eventId: OTHER_EVENT_ID, environment: 'green', statusReason: 'COMMAND_EXPIRED' },
    });
    for (const event of [blue, green]) expect(await handler(batch({ event }))).toEqual(failed());
    const dimensions = ['service', 'serviceType', 'status', 'environment'];
    expect(
      printed.mock.calls.map(([line]) => {
        const { environment, status, Failures, _aws } = JSON.parse(String(line));
        return [environment, status, Failures, ..._aws.CloudWatchMetrics[0].Dimensions];
      }),
    ).toEqual([
      ['blue', undefined, 0, ['environment']],
      ['blue', 'EXECUTED', undefined, dimensions],
      ['green', undefined, 1, ['environment']],
      ['green', 'FAILED', undefined, dimensions],
    ]);
  });

  test('posts a report as it is, and keeps nothing of it', async () => {
    const printed = vi.spyOn(console, 'log').mockReturnValue();
    const posted: unknown[] = [];
    const { url } = await startPeer(async (request, response) => {
      posted.push(JSON.parse(await text(request)));
      response.end();
    });
    const { handler } = await distributionTo(url);
    const report = reportedEvent();
    expect(await handler(batch({ report, again: report }))).toEqual(failed());
    expect(posted).toEqual([reportNotificationOf(report), reportNotificationOf(report)]);
    expect(printed).not.toHaveBeenCalled();
  });

  test('names the ends and the reports that the subscriber did not take', async () => {
    const { url } = await startPeerAnswering(400);
    const { handler } = await distributionTo(url);
    const response = await handler(batch({ executed: eventOf('EXECUTED'), report: reportedEvent() }));
    expect(response).toEqual(failed('executed', 'report'));
  });
});

describe('the lifecycle', () => {
  test('is watched from each event on; what the delay queue refuses is named', async () => {
    const engine = await startMessaging();
    const { arn, url } = engine.createQueue('delay', { MaximumMessageSize: '1024' });
    stubLambdaEnvironment(engine.endpoint, { DELAY_QUEUE_URL: url });
    const { handler } = await import('../../functions/event-processing/lifecycle-watch/handler.ts');
    const large = eventOf('RUNNING', { data: { payload: { text: 'x'.repeat(1024) } } });
    const response = await handler(batch({ large, pending: eventOf('PENDING'), malformed }));
    expect(response).toEqual(failed('malformed', 'large'));
    expect(engine.peek(arn).map(({ body }) => Watch.parse(JSON.parse(body)))).toEqual([
      { event: eventOf('PENDING'), deadline: Date.parse(at(36)) },
    ]);
  });

  test('is not watched if there is nothing to watch: SQS refuses an empty batch', async () => {
    const engine = await startMessaging();
    stubLambdaEnvironment(engine.endpoint, { DELAY_QUEUE_URL: `${engine.endpoint}/000000000000/none` });
    const { handler } = await import('../../functions/event-processing/lifecycle-watch/handler.ts');
    expect(await handler(batch({ malformed }))).toEqual(failed('malformed'));
  });

  test('is checked: a command that has stayed for too long fails, one before its deadline waits on', async () => {
    const tables = await open();
    const engine = await startMessaging();
    const topic = engine.createTopic('events');
    const events = engine.createQueue('events', {});
    engine.subscribe(topic.arn, events.arn, { RawMessageDelivery: 'true' });
    const delay = engine.createQueue('delay', {});
    stubLambdaEnvironment(engine.endpoint, {
      AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
      EVENTS_TABLE: tables.eventsTable,
      EVENTS_TOPIC_ARN: topic.arn,
      DELAY_QUEUE_URL: delay.url,
    });
    const { handler } = await import('../../functions/event-processing/lifecycle-check/handler.ts');

    await tables.store.putState(eventOf('PENDING'));
    const due: Watch = { event: eventOf('PENDING'), deadline: Date.parse(at(36)) };
    const early: Watch = { ...due, deadline: Date.now() + 3_600_000 };
    expect(await handler(batch({ due, early, malformed }))).toEqual(failed('malformed'));
    expect(engine.peek(events.arn).map(({ body }) => JSON.parse(body))).toMatchObject([
      { id: `${EVENT_ID}.timeout.PENDING`, time: at(36) },
    ]);
    expect(engine.peek(delay.arn).map(({ body }) => JSON.parse(body))).toEqual([early]);
    expect(engine.depth(delay.arn)).toMatchObject({ visible: 0, delayed: 1 });
  });
});
