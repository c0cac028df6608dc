import { stepsOf } from '../behaviour.ts';
import type { Case } from '../scenarios/case.ts';
import { messageIdOf } from '../vehicle/message-id.ts';
import type { Traces } from './check-traces.ts';
import type { Followed } from './follow.ts';
import type { DeadLetter, Leftovers, StageUnderTest } from './stage-under-test.ts';

/** Dead letters by the vehicle that sent what they were, and the rest of what a stage's commands left behind. */
export interface Sorted {
  readonly deadLetters: ReadonlyMap<string, readonly DeadLetter[]>;
  readonly leases: Leftovers['leases'];
}

const VINS = /[A-HJ-NPR-Z0-9]{17}/g;

/**
 * The sender comes first in a message, in the topic or as its VIN; others may be named behind.
 * @param vins of the vehicles that count
 */
export function sortLeftovers({ deadLetters, leases }: Leftovers, vins: ReadonlySet<string>): Sorted {
  const senderOf = ({ body }: DeadLetter) => body.match(VINS)?.find((vin) => vins.has(vin)) ?? '';
  return { deadLetters: Map.groupBy(deadLetters, senderOf), leases };
}

/** Reads what a case has left behind. @throws Error if the stage fails */
export async function look(
  { case: one, answer, earlier }: Followed,
  { app, notifications }: Pick<StageUnderTest, 'app' | 'notifications'>,
  { deadLetters, leases }: Sorted,
): Promise<Traces> {
  const { vin } = one.vehicle;
  const history = await app.history(vin);
  const lettersOfVehicle = deadLetters.get(vin) ?? [];
  if (!('eventId' in answer)) {
    return {
      shown: undefined,
      history: history.filter(({ eventId }) => !earlier.has(eventId)),
      notifications: [],
      reports: [],
      deadLetters: [],
      lease: undefined,
    };
  }
  const { eventId, requestedAt } = answer;
  const holder = leases.get(vin);
  return {
    shown: await app.poll(eventId),
    history: history.filter((entry) => entry.eventId === eventId),
    notifications: await notifications(eventId),
    reports: await Promise.all(reportIds(one, eventId).map((id) => notifications(id))),
    // Those of a run before are older.
    deadLetters: lettersOfVehicle.filter(({ sentAt }) => sentAt >= requestedAt),
    lease: holder === eventId ? holder : undefined,
  };
}

/** Ids of the reports that the vehicle sends when it has the command, whether the subscriber should hear of them or not. */
const reportIds = ({ behaviour, service }: Case, commandId: string): string[] =>
  stepsOf(behaviour, service.vehicleService).flatMap((step, position) =>
    'report' in step ? [messageIdOf(commandId, position)] : [],
  );
