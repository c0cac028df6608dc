import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { randomLcg } from 'd3-random';
import { expect, onTestFinished, test } from 'vitest';
import { login } from '../../bin/login.ts';
import { openStage } from '../../bin/stage-access.ts';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { longestExpectedSeconds } from '../../functions/remote-services/times.ts';
import { vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { eventually, history, type MyApp, request, status, trigger } from './app.ts';
import { freePort, type KillableStage, launchStage } from './killable-stage.ts';

/** `KILLS=50 vitest run test/end-to-end/kill.test.ts` takes some ten minutes. */
const KILLS_IN_CI = 2;
const KILLS = Number(process.env.KILLS ?? KILLS_IN_CI);
const SEED = Number(process.env.SEED ?? 20);

const COMMANDS_PER_SECOND = 20;
/** Requests without an answer yet: a stage that a busy machine slows down is not drowned. */
const MOST_AT_ONCE = 20;
/** A stage is killed after so many commands that it has accepted: up to 2 s of load. */
const MOST_ACCEPTED = 40;
/** And up to so many ms later: the moment has nothing to do with that of an answer. */
const MOST_DELAY_MS = 50;
/** Some are killed while they start, and so while they take up what the killed one left. */
const KILLED_AT_START = 0.2;

const SERVICE = 'horn-blow';
const GENERATION = 'mqtt-2021';
/** The ways of a command: at once, through delayed messages, through repeated ones, and to the other end. */
const BEHAVIOURS = ['prompt', 'normal', 'repeating', 'rejecting'];

/** The longest that a command may take by its statuses: 10 s, 20 s and 15 s to wake the vehicle, 30 s. */
const LONGEST_MS =
  1000 *
  (['CREATED', 'PENDING', 'RUNNING'] as const)
    .map((name) => longestExpectedSeconds(remoteService(SERVICE), name, vehicleGeneration(GENERATION)))
    .reduce((sum, seconds) => sum + seconds);

const START_LIMIT_MS = 60_000;

/**
 * For the last stage to end what the killed ones left: at most the longest time, and the batching windows of watches.
 * Three times that on a busy machine, where times of events are not late but their processing is.
 */
const SETTLE_MS = 3 * (LONGEST_MS + 10_000);

/** What the load knows of a command that was accepted. */
interface Accepted {
  readonly eventId: string;
  readonly vin: string;
}

/** Sends commands, whether they are answered or not, unless it is paused, until it is stopped. */
function startLoad(app: MyApp, random: () => number) {
  const vins = demoFleet()
    .filter(({ vin, generation }) => generation === GENERATION && BEHAVIOURS.includes(behaviourOf(vin)))
    .map(({ vin }) => ({ vin, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ vin }) => vin);
  const accepted: Accepted[] = [];
  const underWay = new Set<Promise<void>>();
  const awaited: { readonly count: number; readonly resolve: () => void }[] = [];
  let sent = 0;
  let paused = true;

  const send = async (vin: string): Promise<void> => {
    // A stage that is killed before it answers: nobody knows what became of the command.
    const answer = await trigger(app, vin, { service: SERVICE }).catch(() => undefined);
    if (answer?.status !== 202) return;
    accepted.push({ eventId: answer.body.eventId, vin });
    for (const { count, resolve } of awaited) if (accepted.length >= count) resolve();
  };
  const timer = setInterval(() => {
    if (paused || underWay.size >= MOST_AT_ONCE) return;
    const sending = send(vins[sent % vins.length] ?? '').finally(() => underWay.delete(sending));
    underWay.add(sending);
    sent += 1;
  }, 1000 / COMMANDS_PER_SECOND);

  return {
    accepted,
    pause: () => {
      paused = true;
    },
    go: () => {
      paused = false;
    },
    /** Ends when so many more commands have been accepted. */
    more: (count: number) =>
      new Promise<void>((resolve) => awaited.push({ count: accepted.length + count, resolve })),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** Milliseconds between two times at which a stage ran. Outages may overlap: a start that was killed is in both. */
function upBetween(from: number, until: number, outages: readonly { from: number; until: number }[]): number {
  let up = 0;
  let reached = from;
  for (const outage of outages) {
    up += Math.max(0, Math.min(outage.from, until) - reached);
    reached = Math.max(reached, Math.min(outage.until, until));
  }
  return up + until - reached;
}

test(`${KILLS} times kill −9 under load: each accepted command ends once, and nothing is left`, {
  timeout: 2 * SETTLE_MS + KILLS * START_LIMIT_MS,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), 'kill-test-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let stage: KillableStage = launchStage(data, port);
  onTestFinished(async () => {
    await stage.kill();
    rmSync(data, { recursive: true, force: true });
  });

  const random = randomLcg(SEED);
  await stage.ready;
  // The one token of the whole test: every later stage takes it.
  const me: MyApp = { url, token: await login(url, 'demo') };
  const load = startLoad(me, random);
  onTestFinished(load.stop);

  /** From a kill until a stage was ready again: nobody ends a command then. */
  const outages: { readonly from: number; until: number }[] = [];
  const readyAgain = async () => {
    await stage.ready;
    for (const outage of outages) outage.until = Math.min(outage.until, Date.now());
  };

  for (let kill = 1; kill <= KILLS; kill += 1) {
    if (random() < KILLED_AT_START) {
      await eventually(() => fetch(url), START_LIMIT_MS);
    } else {
      await readyAgain();
      load.go();
      await load.more(1 + Math.floor(random() * MOST_ACCEPTED));
    }
    await sleep(random() * MOST_DELAY_MS);
    outages.push({ from: Date.now(), until: Number.POSITIVE_INFINITY });
    await stage.kill();
    load.pause();
    stage = launchStage(data, port);
  }
  await readyAgain();
  load.go();
  await load.more(1);
  await load.stop();

  const { accepted } = load;
  expect(new Set(accepted.map(({ eventId }) => eventId)).size).toBe(accepted.length);
  const ends = new Map<string, string>();
  await eventually(async () => {
    for (const { eventId } of accepted) {
      if (ends.has(eventId)) continue;
      const { body } = await status(me, eventId);
      expect(body.eventStatus, eventId).toMatch(/^(EXECUTED|ERROR)$/);
      ends.set(eventId, body.eventStatus);
    }
  }, SETTLE_MS);

  const access = await openStage({ target: url });
  const dynamoDb = new DynamoDBClient(access.client('DYNAMODB'));
  const sqs = new SQSClient(access.client('SQS'));
  onTestFinished(() => {
    dynamoDb.destroy();
    sqs.destroy();
  });
  await eventually(async () => {
    const leases = [];
    const table = { TableName: access.output('LeasesTable') };
    for await (const { Items = [] } of paginateScan({ client: dynamoDb }, table)) leases.push(...Items);
    expect(leases).toEqual([]);
  }, SETTLE_MS);

  // The watches over statuses that commands have left come at their time; a long run waits for them too.
  const delayed = KILLS > KILLS_IN_CI ? '0' : expect.any(String);
  await eventually(async () => {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand());
    expect(QueueUrls.length).toBeGreaterThan(10);
    for (const QueueUrl of QueueUrls) {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      expect({ QueueUrl, ...Attributes }).toMatchObject({
        QueueUrl,
        ApproximateNumberOfMessages: '0',
        ApproximateNumberOfMessagesNotVisible: '0',
        ApproximateNumberOfMessagesDelayed: delayed,
      });
    }
  }, SETTLE_MS);

  const reasons: Record<string, number> = {};
  const tookMs: number[] = [];
  for (const [vin, commands] of Map.groupBy(accepted, (command) => command.vin)) {
    const byCommand = Map.groupBy(await history(me, vin), ({ eventId }) => eventId);
    for (const { eventId } of commands) {
      const items = byCommand.get(eventId) ?? [];
      const effective = items.filter(({ status, ignored }) => !ignored && /^(EXECUTED|FAILED)$/.test(status));
      expect(effective, JSON.stringify(items)).toHaveLength(1);
      const [end] = effective;
      expect(end?.status).toBe(ends.get(eventId) === 'EXECUTED' ? 'EXECUTED' : 'FAILED');
      const reason = end?.statusReason ?? 'EXECUTED';
      reasons[reason] = (reasons[reason] ?? 0) + 1;
      const created = items.find(({ status }) => status === 'CREATED')?.time ?? '';
      const took = upBetween(Date.parse(created), Date.parse(end?.time ?? ''), outages);
      expect(took, JSON.stringify({ items, outages })).toBeLessThanOrEqual(LONGEST_MS);
      tookMs.push(took);

      // The subscriber heard of this end, maybe more than once, and of no other.
      const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/execute-api/aws4_request';
      const { body } = await request(`${access.output('NotificationsUrl')}/${eventId}`, {
        headers: { authorization },
      });
      expect(body.length).toBeGreaterThan(0);
      for (const { outcome } of body) expect(outcome).toBe(end?.status);
    }
  }
  if (KILLS > KILLS_IN_CI)
    console.log({ kills: KILLS, accepted: accepted.length, reasons, longestMs: Math.max(...tookMs) });
});
