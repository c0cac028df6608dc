import { afterAll, beforeAll, expect, it } from 'vitest';
import { used } from '../../loadtest/meter.ts';
import { readAssembly } from '../../local/cloudformation/assembly.ts';
import { METER_PATH } from '../../local/control/meter.ts';
import { VITALS_PATH, Vitals } from '../../local/control/vitals.ts';
import { accountId, region } from '../../local/messaging/account.ts';
import type { Depth } from '../../local/messaging/queue.ts';
import { MeterReading } from '../../local/metering/meter-reading.ts';
import { resourceName } from '../../local/resource-name.ts';
import { accepted, eventually, request, status } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

const TIMEOUT_MS = 90_000;

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
}, TIMEOUT_MS);
afterAll(() => stage?.stop());

const fleet = vehicles('normal', 'mqtt-2021');

const POLLS = 3;

/**
 * What one horn-blow costs, counted by hand along docs/architecture.md#one-commands-way, with its three status polls.
 * Nothing is tried again, no message is part of a larger batch, and the token was checked before.
 *
 * A message that an event source or a pipe consumes is a receive and a delete: two requests of SQS.
 */
const BY_HAND = {
  'event-creation': {
    // The app's POST.
    'api-gateway:requests Api': 1,
    'step-functions:express-requests Workflow': 1,
    // The vehicle, eventually consistent: half a unit.
    'dynamodb:read-units VehiclesTable': 0.5,
    // The request that may be retried, and PENDING.
    'dynamodb:write-units EventsTable': 2,
    // The claim.
    'dynamodb:write-units LeasesTable': 1,
    'lambda:requests Validate': 1,
    'lambda:requests Enrich': 1,
    // CREATED and PENDING.
    'sns:requests EventsTopic': 2,
    'sqs:requests CommandsQueue': 1,
  },
  'status-polls': {
    'api-gateway:requests Api': POLLS,
    // Consistent: a whole unit each, no Lambda between.
    'dynamodb:read-units EventsTable': POLLS,
  },
  'outgoing-vehicle-communication': {
    'sqs:requests CommandsQueue': 2,
    'lambda:requests Send': 1,
  },
  // The way back of ACKNOWLEDGED and EXECUTED: each of the following happens twice.
  traffic: {
    'sqs:requests IncomingQueue': 2 * 2,
    'lambda:requests InboundRoutingDeserialise': 2,
    'step-functions:express-requests InboundRoutingWorkflow': 2,
    // The command's state, consistent.
    'dynamodb:read-units EventsTable': 2,
    'sns:requests VehicleMessagesTopic': 2,
  },
  'incoming-vehicle-communication': {
    'sqs:requests MessagesQueue': 2 * 2,
    'pipes:requests Pipe': 2,
    'step-functions:express-requests Workflow': 2,
    // RUNNING and EXECUTED.
    'sns:requests EventsTopic': 2,
  },
  'event-processing': {
    // CREATED, PENDING, RUNNING, EXECUTED.
    'sqs:requests PersistenceQueue': 4 * 2,
    'lambda:requests Persistence': 4,
    // EXECUTED alone.
    'sqs:requests DistributionQueue': 2,
    'lambda:requests Distribution': 1,
    // History of all four; RUNNING as state; EXECUTED as state, by distribution.
    'dynamodb:write-units EventsTable': 4 + 1 + 1,
    // EXECUTED frees the vehicle, by distribution.
    'dynamodb:write-units LeasesTable': 1,
    // CREATED is watched: once to put it off, once to look, ten seconds later.
    'sqs:requests LifecycleQueue': 2,
    'lambda:requests LifecycleWatch': 1,
    'sqs:requests DelayQueue': 1 + 2,
    'lambda:requests LifecycleCheck': 1,
    // Persistence's look whether the end stands, and the one at the end of the watch.
    'dynamodb:read-units EventsTable': 1 + 1,
  },
  'vehicle-simulator': {
    // The broker API and the subscriber.
    'api-gateway:requests ApiRestApi': 2,
    'step-functions:express-requests BrokerMockPublishWorkflow': 1,
    'sqs:requests VehicleCommandsQueue': 1 + 2,
    'lambda:requests VehicleDrive': 1,
    // ACKNOWLEDGED and EXECUTED, sent together.
    'sqs:requests IncomingQueue': 1,
    'dynamodb:write-units SubscriptionMockNotificationsTable': 1,
  },
};

/**
 * If persistence is not the second one that comes to the end, both write it and free the vehicle: a condition that fails
 * costs the same.
 */
const IF_BOTH_SETTLE = {
  ...BY_HAND,
  'event-processing': {
    ...BY_HAND['event-processing'],
    'dynamodb:write-units EventsTable': 4 + 1 + 2,
    'dynamodb:write-units LeasesTable': 2,
  },
};

/** What depends on the speed of this machine, the time of day, or the length of names. */
const VARYING = /gb-seconds|bytes|traces/;

type Uses = Record<string, Record<string, number>>;

/** What was used between two readings, by building block. */
function difference(before: MeterReading, after: MeterReading): Uses {
  const result: Uses = {};
  for (const { block, resource, unit, amount } of used(after, before).uses) {
    if (amount > 0) result[block] = { ...result[block], [`${unit} ${resource}`]: amount };
  }
  return result;
}

/** Of each building block, the uses whose name fits. */
const only = (uses: Uses, fits: (name: string) => boolean): Uses =>
  Object.fromEntries(
    Object.entries(uses).map(([block, amounts]) => [
      block,
      Object.fromEntries(Object.entries(amounts).filter(([name]) => fits(name))),
    ]),
  );

const readMeter = async (): Promise<MeterReading> =>
  MeterReading.parse((await request(`${stage.url}${METER_PATH}`)).body);

const queues = async () => Vitals.parse((await request(`${stage.url}${VITALS_PATH}`)).body).queues;

/** Names of the queues with messages that are in one of these states. */
const busyQueues = async (...states: (keyof Depth)[]): Promise<string[]> =>
  Object.entries(await queues())
    .filter(([, depth]) => states.some((state) => depth[state] > 0))
    .map(([name]) => name);

/** Asks the database directly, for which nobody pays. */
async function hasEnded(eventId: string): Promise<void> {
  const items = (await stage.scan('EventsTable')).map((item) => JSON.stringify(item));
  const states = items.filter((item) => item.includes(`COMMAND#${eventId}`));
  expect(states).toEqual([expect.stringContaining('"EXECUTED"')]);
}

/**
 * Lets the look at the command that is due in ten seconds come at once: a copy of the watch, whose deadline is over.
 * Nobody pays for sending it.
 */
function lookNow(): void {
  const [name = ''] = readAssembly(stage.assembly).flatMap(({ stackName, template }) =>
    Object.keys(template.Resources)
      .filter((logicalId) => /^EventProcessingDelayQueue[0-9A-F]{8}$/.test(logicalId))
      .map((logicalId) => resourceName(stackName, logicalId)),
  );
  const [watch] = stage.messaging.peek(`arn:aws:sqs:${region}:${accountId}:${name}`);
  stage.messaging.call('SendMessage', 'sqs', {
    QueueUrl: `${stage.messaging.endpoint}/${accountId}/${name}`,
    MessageBody: JSON.stringify({ ...JSON.parse(watch?.body ?? '{}'), deadline: Date.now() - 1 }),
  });
}

it('counts one command as it is counted by hand', { timeout: TIMEOUT_MS }, async () => {
  // Peers that answer for the first time may take longer than their second: then they are asked again, and that counts.
  const [warm = '', vin = ''] = fleet.take(2);
  const first = await accepted(stage.app, warm);
  await eventually(() => hasEnded(first));
  // Its watch, too, which is due after ten seconds.
  const isQuiet = async () => expect(await busyQueues('visible', 'inFlight', 'delayed')).toEqual([]);
  await eventually(isQuiet, TIMEOUT_MS);
  // From now on the authorizer's answer is cached.
  await status(stage.app, '00000000-0000-4000-8000-000000000000');
  const before = await readMeter();

  const eventId = await accepted(stage.app, vin);
  await eventually(() => hasEnded(eventId));
  for (let poll = 0; poll < POLLS; poll += 1) await status(stage.app, eventId);
  await eventually(async () =>
    expect((await queues())['blue/EventProcessing/DelayQueue']).toMatchObject({ delayed: 1 }),
  );
  lookNow();
  await eventually(async () => {
    const { 'event-processing': soFar } = difference(before, await readMeter());
    expect(soFar).toHaveProperty(['lambda:requests LifecycleCheck']);
    expect(await busyQueues('visible', 'inFlight')).toEqual([]);
  });

  const after = await readMeter();
  const all = difference(before, after);
  const counted = only(all, (name) => !VARYING.test(name));
  const settledTwice = counted['event-processing']?.['dynamodb:write-units LeasesTable'] === 2;
  expect(counted).toEqual(settledTwice ? IF_BOTH_SETTLE : BY_HAND);
  expect(after.commands - before.commands).toBe(1);
  expect(after.statusPolls - before.statusPolls).toBe(POLLS);
  expect(after.apiCalls - before.apiCalls).toBe(1 + POLLS);

  // Whatever is started takes time, writes lines, and may be traced.
  const time = only(all, (name) => name.includes('gb-seconds'));
  const starts = only(BY_HAND, (name) => /^(lambda|step-functions)/.test(name));
  for (const [block, amounts] of Object.entries(starts)) {
    const expected = Object.keys(amounts).map((name) => name.replace(/(express-)?requests/, '$1gb-seconds'));
    expect(Object.keys(time[block] ?? {}).toSorted(), block).toEqual(expected.toSorted());
  }
});
