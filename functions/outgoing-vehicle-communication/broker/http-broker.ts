import { type Admission, peerPosts } from '../../http/peer-post.ts';
import type { Broker } from './broker.ts';

/** EMQX's status for a message that nobody subscribes to; it does not keep the message. */
const NO_MATCHING_SUBSCRIBERS = 202;

/**
 * A broker behind an HTTP API with EMQX's contract for publications, and with our own call for wake-ups beside it.
 * The simulator's mock is one of these.
 * @param url of the broker API, up to its version: below it are `/publish` and `/wake-up`
 */
export function httpBroker(url: string, admission: Admission): Broker {
  const postTo = peerPosts(admission);
  const publish = postTo(`${url}/publish`);
  const wakeUp = postTo(`${url}/wake-up`);
  return {
    publish: async (message, timeoutMs) => {
      const status = await publish(message, timeoutMs);
      return status === NO_MATCHING_SUBSCRIBERS ? 'NOBODY_LISTENS' : 'TAKEN';
    },
    wakeUp: async (call, timeoutMs) => {
      await wakeUp(call, timeoutMs);
    },
  };
}
