import * as z from 'zod';
import { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { WakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import { commandedVehicle } from '../../functions/vehicle-generations/generations.ts';
import { messageIdOf } from '../../vehicle-simulator/vehicle/message-id.ts';
import { resultOf } from '../../vehicle-simulator/vehicle/result.ts';
import type { Chance } from './chance.ts';
import { wait } from './clock.ts';
import type { Answer, Party, VehiclePlan } from './scenario.ts';
import type { Witness } from './witness.ts';

/** What the broker reads; it takes what has expired, too. */
type Publication = z.infer<typeof Publication>;
const Publication = z.object({
  topic: z.string(),
  payload: z.string(),
  properties: z.object({ message_expiry_interval: z.number() }),
});

interface Dependencies {
  readonly chance: Chance;
  readonly witness: Witness;
  /** By VIN. */
  readonly vehicles: ReadonlyMap<string, VehiclePlan>;
  /** What the vehicle makes of a command. */
  readonly answersTo: (commandId: string) => readonly Answer[];
  /** Puts a message of a vehicle onto the incoming queue, as the broker's rule does. */
  readonly deliver: (body: string) => void;
}

/** The broker and its vehicles, and the subscriber: what the backend calls over HTTP. */
export class Peers {
  readonly #dependencies: Dependencies;
  readonly #start = Date.now();
  /** From when on vehicles listen that were called; milliseconds since the epoch. */
  readonly #wokenAt = new Map<string, number>();
  readonly #executed = new Set<string>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns the status of the answer; undefined if there is none in time */
  async post(url: URL, body: unknown, timeoutMs: number): Promise<number | undefined> {
    const { chance } = this.#dependencies;
    const handle = this.#handlerOf(url.pathname);
    const fault = chance.fault(handle.party);
    const way = Math.min(chance.way(), timeoutMs);
    await wait(way);
    if (fault === 'request lost') {
      if (chance.happens(0.5)) return 503;
      await wait(timeoutMs - way);
      return undefined;
    }
    const status = this.#answerTo(body, handle.answer);
    const back = fault === 'answer lost' ? Number.POSITIVE_INFINITY : chance.way();
    await wait(Math.min(back, timeoutMs - way));
    return back > timeoutMs - way ? undefined : status;
  }

  /** What the model itself does wrong must not pass for a peer that fails. */
  #answerTo(body: unknown, answer: (body: unknown) => number): number {
    try {
      return answer(body);
    } catch (error) {
      this.#dependencies.witness.faults.push(`The model: ${error}`);
      throw error;
    }
  }

  #handlerOf(path: string): { party: Party; answer: (body: unknown) => number } {
    if (path.endsWith('/publish')) return { party: 'broker', answer: (body) => this.#publish(body) };
    if (path.endsWith('/wake-up')) return { party: 'broker', answer: (body) => this.#wakeUp(body) };
    return { party: 'subscriber', answer: (body) => this.#notify(body) };
  }

  #notify(body: unknown): number {
    const { eventId, notificationId } = Notification.parse(body);
    this.#dependencies.witness.heard(eventId, notificationId);
    return 204;
  }

  #wakeUp(body: unknown): number {
    const { clientid } = WakeUpCall.parse(body);
    const { wakesAfterMs } = this.#vehicle(clientid);
    if (!this.#wokenAt.has(clientid)) this.#wokenAt.set(clientid, Date.now() + wakesAfterMs);
    return 202;
  }

  #publish(body: unknown): number {
    const message = Publication.parse(body);
    const { generation, vin } = commandedVehicle(message.topic) ?? raise(message.topic);
    const { wakesAfterMs, offlineMs } = this.#vehicle(vin);
    const command = z.decode(generation.command, message.payload);
    this.#dependencies.witness.reached('broker', command.commandId);
    const sleeps = wakesAfterMs > 0 && Date.now() < (this.#wokenAt.get(vin) ?? Number.POSITIVE_INFINITY);
    if (sleeps) return 202;
    void this.#keep(message, this.#start + offlineMs);
    return 200;
  }

  /** The broker keeps a message for a vehicle that is out of reach, until it expires. */
  async #keep(message: Publication, onlineFrom: number): Promise<void> {
    const expiry = Date.now() + message.properties.message_expiry_interval * 1000;
    await wait(Math.max(0, onlineFrom - Date.now()) + this.#dependencies.chance.way());
    if (Date.now() <= expiry) await this.#drive(message);
  }

  /** It trusts the broker, and does what comes: that nothing comes too late is what is to be shown. */
  async #drive({ topic, payload }: Publication): Promise<void> {
    const { witness, answersTo, deliver } = this.#dependencies;
    const { generation, vin } = commandedVehicle(topic) ?? raise(topic);
    const { commandId, service } = z.decode(generation.command, payload);
    witness.reached('vehicle', commandId);
    if (this.#executed.has(commandId)) return;
    this.#executed.add(commandId);
    const send = async ({ state, afterMs, copies }: Answer, position: number) => {
      await wait(afterMs);
      const answer = z.encode(generation.answer, {
        messageId: messageIdOf(commandId, position),
        commandId,
        service,
        state,
        ...(state === 'EXECUTED' ? { result: resultOf(service, vin) } : {}),
      });
      for (let copy = 0; copy < copies; copy += 1) {
        deliver(JSON.stringify({ topic: generation.answerTopic(vin), payload: answer }));
      }
    };
    await Promise.all(answersTo(commandId).map(send));
  }

  #vehicle(vin: string): VehiclePlan {
    return this.#dependencies.vehicles.get(vin) ?? raise(vin);
  }
}

function raise(unknown: string): never {
  throw new Error(`Nobody knows ${unknown}`);
}
