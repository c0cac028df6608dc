import type { BrokerMessage } from '../broker-message.ts';
import type { WakeUpCall } from '../wake-up.ts';

/** What became of a message: the broker does not keep what nobody listens for. */
export type Publication = 'TAKEN' | 'NOBODY_LISTENS';

/**
 * The way to the vehicles. Each call is one request, which is dropped after `timeoutMs`.
 *
 * Both calls throw PeerUnavailable if a later request may succeed, and PeerRefused if it would end the same way.
 */
export interface Broker {
  publish(message: BrokerMessage, timeoutMs: number): Promise<Publication>;
  /** Returns once the wake-up is on its way. */
  wakeUp(call: WakeUpCall, timeoutMs: number): Promise<void>;
}
