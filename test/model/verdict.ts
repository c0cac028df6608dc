import * as z from 'zod';
import { isFinal } from '../../functions/event/lifecycle.ts';
import type { Backend } from './backend.ts';
import type { Cloud } from './cloud.ts';
import { keyOf, type Witness } from './witness.ts';

const LEASES_TABLE = 'shared/Persistence/Leases';
const EVENTS_TABLE = 'shared/Persistence/Events';

interface Ended {
  readonly backend: Backend;
  readonly cloud: Cloud;
  readonly witness: Witness;
  readonly vins: readonly string[];
}

/** What must hold when nothing happens any more. */
export async function faultsAtTheEnd(run: Ended): Promise<string[]> {
  const leases = await Promise.all(run.vins.map((vin) => leftLease(vin, run)));
  const histories = await Promise.all(run.vins.map((vin) => wrongHistory(vin, run)));
  const letters = run.cloud.deadLetters.map((letter) => `I3: a dead letter: ${letter}`);
  return [...wrongEnds(run), ...leases.flat(), ...histories.flat(), ...letters];
}

/** I1: every command that is known has an end, accepted or not, and nobody has heard of another. */
function wrongEnds({ witness }: Ended): string[] {
  const unknown = [...witness.accepted].filter((eventId) => !witness.states.has(eventId));
  const faults = unknown.map((eventId) => `I1: ${eventId} was accepted, and is unknown`);
  for (const [eventId, { status, changedBy, changedAt }] of witness.states) {
    if (!isFinal(status)) faults.push(`I1: ${eventId} stays ${status}`);
    if (!witness.eventsOf(eventId).has(keyOf({ id: changedBy, time: changedAt }))) {
      faults.push(`I4: ${eventId} stands at ${changedBy}, which nobody published`);
    }
    const told = [...(witness.told.get(eventId) ?? [])];
    if (told.length !== 1 || told[0] !== changedBy) {
      faults.push(`I1: of ${eventId} the subscriber heard [${told}], and the app sees ${changedBy}`);
    }
  }
  return faults;
}

const Lease = z.object({ eventId: z.object({ S: z.string() }) });

/**
 * I2: the vehicle is free. A lease may be left, until it expires, by a command that claimed its vehicle when the
 * time-out of CREATED had ended it already.
 */
async function leftLease(vin: string, { backend, witness }: Ended): Promise<string[]> {
  const { Item } = await backend.database('GetItem', { TableName: LEASES_TABLE, Key: { vin: { S: vin } } });
  if (Item === undefined) return [];
  const holder = Lease.parse(Item).eventId.S;
  const late = [...witness.eventsOf(holder).values()].some(({ id }) => id.endsWith('.timeout.CREATED'));
  return late ? [] : [`I2: ${vin} is not free of ${holder}`];
}

const History = z.array(z.object({ sk: z.object({ S: z.string() }) }));

/** I4: the history has each event that was published, once. */
async function wrongHistory(vin: string, { backend, witness }: Ended): Promise<string[]> {
  const { Items } = await backend.database('Query', {
    TableName: EVENTS_TABLE,
    KeyConditionExpression: 'pk = :vehicle',
    ExpressionAttributeValues: { ':vehicle': { S: `VEHICLE#${vin}` } },
  });
  const found = History.parse(Items).map(({ sk }) => sk.S);
  const expected = witness.eventsOfVehicle(vin).map(keyOf).toSorted();
  return found.join() === expected.join() ? [] : [`I4: the history of ${vin} is ${found}, not ${expected}`];
}
