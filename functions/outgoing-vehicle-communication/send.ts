import { failureOf, type RemoteServiceEvent } from '../event/event.ts';
import { rankOf, type StatusReason } from '../event/lifecycle.ts';
import type { PublishEvent } from '../event/publisher.ts';
import { PeerRefused } from '../http/signed-post.ts';
import type { CommandStore } from '../persistence/command-store.ts';
import { type BrokerMessage, brokerMessage, lastDelivery } from './broker-message.ts';

export interface Dependencies {
  /**
   * Starts no attempt at or after the deadline; each takes the message as of its start.
   * @throws PeerUnavailable if the broker may take it later, PeerRefused if it never will
   */
  readonly publishToBroker: (messageAt: (now: number) => BrokerMessage, deadline: number) => Promise<void>;
  readonly publishEvent: PublishEvent;
  readonly getState: CommandStore['getState'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Hands a command (its PENDING event) to the broker API.
 *
 * An attempt that timed out may have reached the broker all the same, and SQS may deliver the command twice:
 * vehicles tell a repetition by the command's id. Near `expiresAt` nothing is sent any more: a command of which
 * nobody has heard has failed.
 * @param receivedAt when the command was first taken from its queue, milliseconds since the epoch
 * @throws PeerUnavailable if the message should come back later
 */
export async function send(
  event: RemoteServiceEvent,
  receivedAt: number,
  { publishToBroker, publishEvent, getState, now }: Dependencies,
): Promise<void> {
  const { eventId, status, expiresAt } = event.data;
  const fail = (cause: string, reason: StatusReason, time: string) =>
    publishEvent(failureOf(event, { source: 'outgoing-vehicle-communication', cause, reason, time }));

  if (now() >= lastDelivery(event)) {
    // A late copy of a command that was delivered long ago must not fail it.
    const standing = await getState(eventId);
    if (standing !== undefined && rankOf(standing.status) > rankOf(status)) return;
    await fail('expired', 'COMMAND_EXPIRED', expiresAt);
    return;
  }
  try {
    await publishToBroker((start) => brokerMessage(event, start), lastDelivery(event));
  } catch (error) {
    if (!(error instanceof PeerRefused)) throw error;
    await fail('undeliverable', 'COMMAND_UNDELIVERABLE', new Date(receivedAt).toISOString());
  }
}
