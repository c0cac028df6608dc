import { expect, it } from 'vitest';
import { latencyOf } from '../../../local/control/histogram.ts';
import {
  consumedQueues,
  createVitals,
  EndToEnd,
  VITALS_PATH,
  Vitals,
} from '../../../local/control/vitals.ts';
import { ResourceTags } from '../../../local/tagging/resource-tags.ts';
import { API_ANSWER, serve } from '../beside.ts';

/** As Powertools prints it. */
const metricLine = (milliseconds: number | number[], status: string): string =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'RemoteVehicleServices/dev-local',
          Dimensions: [['service', 'serviceType', 'status', 'environment']],
          Metrics: [{ Name: 'EndToEndLatency', Unit: 'Milliseconds' }],
        },
      ],
    },
    service: 'distribution',
    serviceType: 'horn-blow',
    status,
    environment: 'blue',
    EndToEndLatency: milliseconds,
  });

it('sees how commands ended and how long they took, in lines that are logged as ever', () => {
  const endToEnd = new EndToEnd();
  const logged: string[] = [];
  const log = endToEnd.watching((source, line) => logged.push(`${source} ${line}`));
  const lines = [
    metricLine(120, 'EXECUTED'),
    metricLine([250], 'EXECUTED'),
    metricLine(9000, 'FAILED'),
    'not JSON, but "EndToEndLatency":1',
    '{"level":"INFO"}',
    metricLine(1, 'OTHER'),
  ];
  for (const line of lines) log('Distribution', line);
  expect(endToEnd.counts).toEqual({ EXECUTED: 2, FAILED: 1 });
  expect(latencyOf(endToEnd.histogram.buckets())).toMatchObject({ count: 3, p50Ms: expect.closeTo(250, -1) });
  expect(logged).toEqual(lines.map((line) => `Distribution ${line}`));
});

it('knows the queues that something takes messages from, by name', () => {
  const tags = new ResourceTags();
  const put = (name: string, more: Record<string, string>) =>
    tags.put(
      `arn:aws:sqs:eu-central-1:000000000000:${name}`,
      Object.entries({ environment: 'blue', ...more }).map(([Key, Value]) => ({ Key, Value })),
    );
  put('persistence-1a2b', { queue: 'EventProcessing/PersistenceQueue' });
  put('persistence-dlq', { queue: 'EventProcessing/PersistenceQueue', 'dead-letters': 'received' });
  put('untagged', {});
  expect([...consumedQueues(tags)]).toEqual([
    ['blue/EventProcessing/PersistenceQueue', 'arn:aws:sqs:eu-central-1:000000000000:persistence-1a2b'],
  ]);
});

it('answers who asks, once the stage is there', async () => {
  const depths: Record<string, { visible: number; inFlight: number; delayed: number }> = {
    'arn:queue': { visible: 1, inFlight: 2, delayed: 3 },
    'arn:dlq-1': { visible: 4, inFlight: 0, delayed: 0 },
    'arn:dlq-2': { visible: 5, inFlight: 0, delayed: 0 },
  };
  const endToEnd = new EndToEnd();
  endToEnd.watching(() => undefined)('Distribution', metricLine(120, 'EXECUTED'));
  let isReady = false;
  const origin = await serve(async () =>
    createVitals(() =>
      isReady
        ? {
            endToEnd,
            queues: new Map([['blue/Queue', 'arn:queue']]),
            deadLetterQueues: new Set(['arn:dlq-1', 'arn:dlq-2']),
            depth: (arn) => depths[arn] ?? { visible: 0, inFlight: 0, delayed: 0 },
          }
        : undefined,
    ),
  );
  const url = `${origin}${VITALS_PATH}`;
  expect((await fetch(url)).status).toBe(503);
  isReady = true;
  expect((await fetch(url, { method: 'PUT' })).status).toBe(405);
  expect(await (await fetch(`${url}/more`)).text()).toBe(API_ANSWER);
  const vitals = Vitals.parse(await (await fetch(url)).json());
  expect(vitals).toMatchObject({
    queues: { 'blue/Queue': { visible: 1, inFlight: 2, delayed: 3 } },
    deadLetters: 9,
    endToEnd: { EXECUTED: 1, FAILED: 0 },
  });
  expect(vitals.latencyHistogram).toEqual(endToEnd.histogram.buckets());
  // This process is the one that is looked at.
  expect(vitals.rssBytes).toBeGreaterThan(vitals.heapUsedBytes);
  expect(vitals.cpuSeconds).toBeGreaterThan(0);
});
