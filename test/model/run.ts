import { marshall } from '@aws-sdk/util-dynamodb';
import { vi } from 'vitest';
import * as z from 'zod';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { vehicle } from '../factories.ts';
import type { Backend } from './backend.ts';
import { Chance } from './chance.ts';
import { untilQuiet, wait } from './clock.ts';
import { Cloud } from './cloud.ts';
import { Peers } from './peers.ts';
import type { Plan, Scenario } from './scenario.ts';
import { faultsAtTheEnd } from './verdict.ts';
import { Witness } from './witness.ts';

const CREATION = 'blue/EventCreation/Workflow';
const INCOMING_QUEUE = 'shared/Incoming/Queue';
const VEHICLES_TABLE = 'shared/Persistence/Vehicles';
const USER = 'demo';

/** Runs share the tables, and differ in their vehicles and correlation ids. */
let runs = 0;

/**
 * Plays a scenario until nothing happens any more.
 * @returns what broke an invariant
 */
export async function play(backend: Backend, scenario: Scenario): Promise<string[]> {
  runs += 1;
  const chance = new Chance(scenario);
  // The jitter of the product's own retries.
  vi.spyOn(Math, 'random').mockImplementation(chance.number);
  const witness = new Witness();
  const cloud = new Cloud(backend, chance, witness);
  const vins = scenario.vehicles.map(
    (_, index) => `WBA${runs}`.padEnd(15, 'X') + String(index).padStart(2, '0'),
  );
  const peers = new Peers({
    chance,
    witness,
    vehicles: new Map(scenario.vehicles.map((plan, index) => [vins[index] ?? '', plan])),
    answersTo: (commandId) => {
      const [, index] = witness.correlationIdOf(commandId).split('/');
      return scenario.plans[Number(index)]?.answers ?? [];
    },
    deliver: (message) => cloud.send(INCOMING_QUEUE, message),
  });
  backend.playIn({ call: cloud.call, peers });

  for (const [index, { generation }] of scenario.vehicles.entries()) {
    const capabilities = ['horn-blow', 'vehicle-finder'];
    const item = marshall(vehicle({ vin: vins[index] ?? '', owner: USER, generation, capabilities }));
    const Item = JSON.parse(JSON.stringify(item));
    await backend.database('PutItem', { TableName: VEHICLES_TABLE, Item });
  }
  const app = async (plan: Plan, index: number): Promise<void> => {
    const request = { ...plan, vin: vins[plan.vehicle] ?? '', correlationId: `${runs}/${index}` };
    await wait(plan.atMs);
    if ((await accepted(backend, request, witness)) || !plan.retries) return;
    await wait(1000 + chance.upTo(5000));
    await accepted(backend, request, witness);
  };
  const apps = Promise.all(scenario.plans.map(app));
  await untilQuiet();
  await apps;
  return [...witness.faults, ...(await faultsAtTheEnd({ backend, cloud, witness, vins }))];
}

const Answer = z.object({ statusCode: z.number(), body: z.string() });
const Accepted = z.object({ eventId: z.uuid() });

/** Requests a command as API Gateway does. @returns whether the app was told that it is accepted */
async function accepted(
  { workflows }: Backend,
  { service, vin, correlationId }: Pick<Plan, 'service'> & { vin: string; correlationId: string },
  witness: Witness,
): Promise<boolean> {
  const input = {
    serviceType: service,
    vin,
    user: USER,
    correlationId,
    requestedAt: Date.now(),
    deliverySeconds: remoteService(service).deliverySeconds,
    body: {},
    refusal: null,
  };
  const { status, output } = await workflows.startSync({
    stateMachineArn: CREATION,
    input: JSON.stringify(input),
  });
  if (status !== 'SUCCEEDED') return false;
  const { statusCode, body } = Answer.parse(JSON.parse(String(output)));
  if (statusCode !== 202) return false;
  witness.accepted.add(Accepted.parse(JSON.parse(body)).eventId);
  return true;
}
