import { failureOf, type RemoteServiceEvent } from '../event/event.ts';
import type { StatusReason } from '../event/lifecycle.ts';
import type { PublishEvent } from '../event/publisher.ts';
import { PeerRefused } from '../http/signed-post.ts';
import { type BrokerMessage, brokerMessage } from './broker-message.ts';

export interface Dependencies {
  /** @throws PeerUnavailable if the broker may take it later, PeerRefused if it never will */
  readonly publishToBroker: (message: BrokerMessage, deadline: number) => Promise<void>;
  readonly publishEvent: PublishEvent;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Hands a command (its PENDING event) to the broker API.
 *
 * An attempt that timed out may have reached the broker all the same, and SQS may deliver the command twice:
 * vehicles tell a repetition by the command's id. After `expiresAt` nothing is sent: the command has failed.
 * @throws PeerUnavailable if the message should come back later
 */
export async function send(event: RemoteServiceEvent, dependencies: Dependencies): Promise<void> {
  const { publishToBroker, publishEvent, now } = dependencies;
  const fail = (cause: string, reason: StatusReason, time: string) =>
    publishEvent(failureOf(event, { source: 'outgoing-vehicle-communication', cause, reason, time }));

  const message = brokerMessage(event, now());
  if (message === undefined) return fail('expired', 'COMMAND_EXPIRED', event.data.expiresAt);
  try {
    await publishToBroker(message, Date.parse(event.data.expiresAt));
  } catch (error) {
    if (error instanceof PeerRefused) {
      return fail('undeliverable', 'COMMAND_UNDELIVERABLE', new Date(now()).toISOString());
    }
    throw error;
  }
}
