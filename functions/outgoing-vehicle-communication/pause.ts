/**
 * Seconds that the queue needs to hand out a message that has become visible again: pollers ask for it all the
 * time, and a busy function takes a moment.
 */
const HAND_OUT_SECONDS = 1;

/** Whole seconds after which a message can be back in time for another attempt; less than 1: there is no time. */
export const secondsForAnother = (lastDelivery: number, now: number): number =>
  Math.floor((lastDelivery - now) / 1000) - HAND_OUT_SECONDS;

/**
 * Seconds after which a command that could not be delivered comes back, spread by up to 2 s so that a recovering
 * broker is not hit by all at once.
 *
 * A horn must blow within seconds, so pauses begin at 1 s; other commands wait for their vehicle for longer, so
 * pauses grow. A message has 30 receives, and so 29 pauses:
 *
 *     4 × (1 + 2 + … + 7) s + 8 s = 120 s at least
 *
 * Pauses alone: while the circuit breaker is open, attempts take no time. The longest delivery is 60 s + 45 s for
 * the wake-up = 105 s, and the last pause leads to its end.
 * @param receiveCount how often the message has been received, 1 at least
 * @param random between 0 and 1
 */
export function pauseSeconds(receiveCount: number, secondsLeft: number, random: number): number {
  const pause = Math.ceil(receiveCount / 4) + Math.floor(random * 3);
  // After the last delivery only the failure is still to be told: should that fail, in an outage of the tables or of
  // the topic, the receives must not be used up within seconds.
  if (secondsLeft < -HAND_OUT_SECONDS) return pause;
  return Math.max(1, Math.min(pause, secondsLeft));
}
