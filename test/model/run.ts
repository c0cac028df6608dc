import { marshall } from '@aws-sdk/util-dynamodb';
import { vi } from 'vitest';
import * as z from 'zod';
import { isFinal } from '../../functions/event/lifecycle.ts';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { vehicle } from '../factories.ts';
import type { Backend } from './backend.ts';
import { Chance } from './chance.ts';
import { untilQuiet, wait } from './clock.ts';
import { Cloud } from './cloud.ts';
import { Peers, type Vehicle } from './peers.ts';
import type { Plan, Scenario } from './scenario.ts';
import { keyOf, Witness } from './witness.ts';

const CREATION = 'blue/EventCreation/Workflow';
const INCOMING_QUEUE = 'shared/Incoming/Queue';
const VEHICLES_TABLE = 'shared/Persistence/Vehicles';
const LEASES_TABLE = 'shared/Persistence/Leases';
const EVENTS_TABLE = 'shared/Persistence/Events';
const USER = 'demo';

const Answer = z.object({ statusCode: z.number(), body: z.string() });
const Accepted = z.object({ eventId: z.uuid() });

/** Runs share the tables, and differ in their vehicles. */
let runs = 0;

/**
 * Plays a scenario until nothing happens any more.
 * @returns what broke an invariant
 */
export async function play(backend: Backend, scenario: Scenario): Promise<string[]> {
  runs += 1;
  const chance = new Chance(scenario);
  vi.spyOn(Math, 'random').mockImplementation(chance.number);
  const witness = new Witness();
  const cloud = new Cloud(backend, chance, witness);
  const vins = scenario.vehicles.map((_, index) => `WBA${String(runs).padStart(12, '0')}0${index}`);
  const start = Date.now();
  const vehicles = new Map<string, Vehicle>(
    scenario.vehicles.map(({ wakesAfterMs, offlineMs }, index) => [
      vins[index] ?? '',
      {
        wakesAfterMs,
        onlineFrom: start + offlineMs,
        awakeFrom: wakesAfterMs === 0 ? start : Number.POSITIVE_INFINITY,
      },
    ]),
  );
  const peers = new Peers({
    chance,
    witness,
    vehicles,
    answersTo: (commandId) => scenario.plans[Number(witness.correlationIdOf(commandId))]?.answers ?? [],
    deliver: (MessageBody) =>
      void cloud.effect({
        service: 'sqs',
        action: 'SendMessage',
        input: { QueueUrl: INCOMING_QUEUE, MessageBody },
      }),
  });
  backend.playIn({ call: cloud.call, peers });

  for (const [index, { generation }] of scenario.vehicles.entries()) {
    const capabilities = ['horn-blow', 'vehicle-finder'];
    const Item = marshall(vehicle({ vin: vins[index] ?? '', owner: USER, generation, capabilities }));
    const input = { TableName: VEHICLES_TABLE, Item: JSON.parse(JSON.stringify(Item)) };
    await cloud.effect({ service: 'dynamodb', action: 'PutItem', input });
  }
  /** As API Gateway does it. */
  const request = async ({ vehicle, service }: Plan, correlationId: string): Promise<number> => {
    const input = {
      serviceType: service,
      vin: vins[vehicle] ?? '',
      user: USER,
      correlationId,
      requestedAt: Date.now(),
      deliverySeconds: remoteService(service).deliverySeconds,
      body: {},
      refusal: null,
    };
    const { status, output } = await backend.workflows.startSync({
      stateMachineArn: CREATION,
      input: JSON.stringify(input),
    });
    if (status !== 'SUCCEEDED') return 500;
    const { statusCode, body } = Answer.parse(JSON.parse(String(output)));
    if (statusCode === 202) witness.accepted.add(Accepted.parse(JSON.parse(body)).eventId);
    return statusCode;
  };
  const command = async (plan: Plan, index: number): Promise<void> => {
    await wait(plan.atMs);
    const statusCode = await request(plan, String(index));
    if (!plan.retries || statusCode === 202) return;
    await wait(1000 + chance.upTo(5000));
    await request(plan, String(index));
  };
  const all = Promise.all(scenario.plans.map(command));
  await untilQuiet();
  await all;
  return [...witness.faults, ...(await faultsAtTheEnd(cloud, witness, vins))];
}

async function faultsAtTheEnd(cloud: Cloud, witness: Witness, vins: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  const read = (action: string, input: Parameters<Cloud['effect']>[0]['input']) =>
    cloud.effect({ service: 'dynamodb', action, input });

  for (const eventId of witness.accepted) {
    if (!witness.states.has(eventId)) faults.push(`I1: ${eventId} was accepted, and is unknown`);
  }
  for (const [eventId, { status, changedBy, changedAt }] of witness.states) {
    if (!isFinal(status)) faults.push(`I1: ${eventId} stays ${status}`);
    const events = witness.events.get(eventId) ?? new Map();
    if (!events.has(keyOf({ id: changedBy, time: changedAt }))) {
      faults.push(`I4: ${eventId} stands at ${changedBy}, which nobody published`);
    }
    const told = [...(witness.told.get(eventId) ?? [])];
    if (told.length !== 1 || told[0] !== changedBy) {
      faults.push(`I1: of ${eventId} the subscriber heard [${told}], and the app sees ${changedBy}`);
    }
  }
  for (const vin of vins) {
    const { Item: lease } = await read('GetItem', { TableName: LEASES_TABLE, Key: { vin: { S: vin } } });
    if (lease !== undefined) faults.push(`I2: ${vin} is not free: ${JSON.stringify(lease)}`);
    const { Items } = await read('Query', {
      TableName: EVENTS_TABLE,
      KeyConditionExpression: 'pk = :vehicle',
      ExpressionAttributeValues: { ':vehicle': { S: `VEHICLE#${vin}` } },
    });
    const history = z.array(z.object({ sk: z.object({ S: z.string() }) })).parse(Items);
    const expected = [...witness.events.values()]
      .flatMap((events) => [...events])
      .filter(([, { data }]) => data.vin === vin)
      .map(([key]) => key);
    if (history.map(({ sk }) => sk.S).join() !== expected.toSorted().join()) {
      faults.push(`I4: the history of ${vin} is not what was published`);
    }
  }
  for (const [queue, letters] of Object.entries(cloud.deadLetters)) {
    faults.push(`I3: dead letters in ${queue}: ${letters}`);
  }
  return faults;
}
