import { randomUUID } from 'node:crypto';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VehicleReported } from '../../functions/event/event.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { theftAlarm, theftVideo } from '../../functions/vehicle-reports/theft.ts';
import { region } from '../../local/messaging/engine.ts';
import { demoFleet } from '../../vehicle-simulator/fleet.ts';
import { eventually, history } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';
import { notifications } from './subscriber.ts';
import { report } from './vehicle.ts';

const ALARM = { report: theftAlarm.vehicleReport, data: theftAlarm.example };
const VIDEO = { report: theftVideo.vehicleReport, data: theftVideo.example };
/** No vehicle has it. */
const STRANGER = 'WBAXXXXXXX0000000';

let stage: TestStage;
/** The ARNs of all queues but those of dead letters. */
let queues: readonly string[];
/** Events of reports, as a topic of an environment took them. */
const events: VehicleReported[] = [];
beforeAll(async () => {
  stage = await startTestStage({}, { environments: ['blue', 'green'] });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint: stage.messaging.endpoint, region, credentials });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand());
  queues = QueueUrls.map((url) => `arn:aws:sqs:${region}:000000000000:${url.split('/').at(-1)}`).filter(
    (arn) => !stage.deadLetterQueues.has(arn),
  );
  stage.messaging.onPublish((_topic, message) => {
    const event = VehicleReported.safeParse(JSON.parse(message));
    if (event.success) events.push(event.data);
  });
}, 90_000);
afterAll(() => stage?.stop());

/** Waits until every report has come to its end: no queue holds any message. */
const settled = () =>
  eventually(() => {
    for (const queue of queues)
      expect(stage.messaging.depth(queue), queue).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

/** Sets the share of requests, and of what belongs to no command, that goes to blue. */
async function setWeights(blue: number): Promise<void> {
  const { TableNames } = await stage.dynamoDb.call('ListTables', {});
  const table = (TableNames as string[]).find((name) => name.includes('TrafficWeights')) ?? '';
  await stage.put(table, [{ id: { S: 'traffic' }, blue: { N: String(blue) } }]);
}

const eventsOf = (reportId: string) => events.filter(({ data }) => data.reportId === reportId);

/** What the subscriber was told; on a busy machine a delivery that takes over a second is repeated as it was. */
async function told(reportId: string): Promise<unknown[]> {
  const deliveries = (await notifications(stage, reportId)).map((delivery) => JSON.stringify(delivery));
  return [...new Set(deliveries)].map((delivery) => JSON.parse(delivery));
}

const deadLettersOf = (reportId: string) =>
  stage
    .deadLetters()
    .filter(({ body }) => body.includes(reportId))
    .map(({ queue, reason }) => ({ queue, reason }));

it.each(GENERATIONS)('an alarm of $name reaches the subscriber, once', async ({ name }) => {
  const [vin = ''] = vehicles('prompt', name).take();
  const { brand, country } = demoFleet().find((vehicle) => vehicle.vin === vin) ?? expect.unreachable();
  const occurredAt = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  const reportId = report(stage, vin, { ...ALARM, occurredAt });
  await settled();
  expect(eventsOf(reportId)).toHaveLength(1);
  expect(await told(reportId)).toEqual([
    {
      notificationId: `${reportId}.reported`,
      eventId: reportId,
      vin,
      report: 'theft-alarm',
      occurredAt,
      receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      brand,
      country,
      data: theftAlarm.example,
    },
  ]);
  expect(deadLettersOf(reportId)).toEqual([]);
  // It is about no command, and leaves nothing with those of the vehicle.
  expect(await history(stage.app, vin)).toEqual([]);
});

it('a repeated alarm is told again under the same id', async () => {
  const [vin = ''] = vehicles('prompt').take();
  const messageId = randomUUID();
  report(stage, vin, { ...ALARM, messageId });
  report(stage, vin, { ...ALARM, messageId });
  await settled();
  const ids = (await notifications(stage, messageId)).map(({ notificationId }) => notificationId);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids)).toEqual(new Set([`${messageId}.reported`]));
});

it('a video is for owners who asked for it; for others it is dropped, and nobody is called', async () => {
  const fleet = demoFleet();
  const wanted = fleet.find(({ optIns }) => optIns?.includes(theftVideo.reportType)) ?? expect.unreachable();
  const unwanted = fleet.find(({ optIns }) => optIns === undefined) ?? expect.unreachable();
  const [seen, dropped] = [report(stage, wanted.vin, VIDEO), report(stage, unwanted.vin, VIDEO)];
  await settled();
  expect(await told(seen)).toMatchObject([{ report: 'theft-video', data: theftVideo.example }]);
  expect(await told(dropped)).toEqual([]);
  expect(eventsOf(dropped)).toEqual([]);
  expect(deadLettersOf(dropped)).toEqual([]);
});

it('a report goes to an environment by the weights of the traffic', async () => {
  const [vin = ''] = vehicles('prompt').take();
  for (const [weight, environment] of [
    [0, 'green'],
    [100, 'blue'],
  ] as const) {
    await setWeights(weight);
    const known = report(stage, vin, ALARM);
    const unknown = report(stage, STRANGER, ALARM);
    await settled();
    expect(eventsOf(known)).toMatchObject([{ data: { environment } }]);
    expect(await told(known)).toHaveLength(1);
    expect(deadLettersOf(unknown)).toEqual([
      { queue: expect.stringMatching(`^${environment}-`), reason: 'UNKNOWN_VEHICLE' },
    ]);
    expect(await told(unknown)).toEqual([]);
  }
});

it('a report that the catalogue does not have, or with other data, is a dead letter with the reason', async () => {
  const [vin = ''] = vehicles('prompt').take();
  const unknown = report(stage, vin, { report: 'BOREDOM', data: {} });
  const malformed = report(stage, vin, { ...ALARM, data: { trigger: 'BOREDOM' } });
  await settled();
  expect(deadLettersOf(unknown)).toMatchObject([{ reason: "payload: no report is called 'BOREDOM'" }]);
  expect(deadLettersOf(malformed)).toMatchObject([{ reason: expect.stringMatching(/^data\.trigger: /) }]);
});

it('no log names a vehicle, or says where its video is', () => {
  expect(stage.logs.filter((line) => /WBA|WMW|videos\.example/.test(line))).toEqual([]);
});
