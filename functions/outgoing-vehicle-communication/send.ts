import { failureOf, type RemoteServiceEvent } from '../event/event.ts';
import { rankOf, type StatusReason } from '../event/lifecycle.ts';
import type { PublishEvent } from '../event/publisher.ts';
import { PeerRefused } from '../http/post.ts';
import type { CommandStore } from '../persistence/command-store.ts';
import type { Publication } from './broker/broker.ts';
import { type BrokerMessage, brokerMessage, lastDelivery } from './broker-message.ts';
import { secondsForAnother } from './pause.ts';
import { type WakeUpCall, wakeUpCall } from './wake-up.ts';

export interface Dependencies {
  /**
   * Starts no attempt at or after the deadline; each takes the message as of its start.
   * @throws PeerRefused if the broker never will take it, any other error if it may take it later
   */
  readonly publishToBroker: (
    messageAt: (now: number) => BrokerMessage,
    deadline: number,
  ) => Promise<Publication>;
  /** @throws PeerRefused if this vehicle cannot be woken, any other error if it may be called later */
  readonly wakeUp: (call: WakeUpCall) => Promise<void>;
  readonly publishEvent: PublishEvent;
  readonly getState: CommandStore['getState'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The vehicle has been called and wakes up: the message should come back later. */
export class VehicleSleeps extends Error {
  override readonly name = 'VehicleSleeps';
}

/**
 * Hands a command (its PENDING event) to the broker API. If nobody listens there, the vehicle sleeps: it is called,
 * and the command comes back until the vehicle listens.
 *
 * An attempt that timed out may have reached the broker all the same, and SQS may deliver the command twice:
 * vehicles tell a repetition by the command's id. Near `expiresAt` nothing is sent any more: a command of which
 * nobody has heard has failed.
 * @param receivedAt when the command was first taken from its queue, milliseconds since the epoch
 * @throws PeerUnavailable, BrokerSuspended or VehicleSleeps if the message should come back later
 */
export async function send(
  event: RemoteServiceEvent,
  receivedAt: number,
  { publishToBroker, wakeUp, publishEvent, getState, now }: Dependencies,
): Promise<void> {
  const { eventId, status, expiresAt } = event.data;
  const deadline = lastDelivery(event);
  const firstReceipt = new Date(receivedAt).toISOString();
  const fail = (cause: string, reason: StatusReason, time: string) =>
    publishEvent(failureOf(event, { source: 'outgoing-vehicle-communication', cause, reason, time }));
  /** A late copy of a command that was delivered long ago must not fail it. */
  const failUnlessDelivered: typeof fail = async (...failure) => {
    const standing = await getState(eventId);
    if (standing === undefined || rankOf(standing.status) <= rankOf(status)) await fail(...failure);
  };

  if (now() >= deadline) return failUnlessDelivered('expired', 'COMMAND_EXPIRED', expiresAt);

  let publication: Publication;
  try {
    publication = await publishToBroker((start) => brokerMessage(event, start), deadline);
  } catch (error) {
    if (!(error instanceof PeerRefused)) throw error;
    return fail('undeliverable', 'COMMAND_UNDELIVERABLE', firstReceipt);
  }
  if (publication === 'TAKEN') return;

  if (secondsForAnother(deadline, now()) < 1) {
    const time = new Date(deadline).toISOString();
    return failUnlessDelivered('unreachable', 'VEHICLE_UNREACHABLE', time);
  }
  try {
    await wakeUp(wakeUpCall(event));
  } catch (error) {
    if (!(error instanceof PeerRefused)) throw error;
    return failUnlessDelivered('not-wakeable', 'VEHICLE_UNREACHABLE', firstReceipt);
  }
  throw new VehicleSleeps('The vehicle has been called, and does not listen yet');
}
