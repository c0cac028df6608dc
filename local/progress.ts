import { createLogUpdate } from 'log-update';
import { type EventData, RemoteServiceEvent } from '../functions/event/event.ts';
import { isFinal, rankOf } from '../functions/event/lifecycle.ts';

/** Lines of commands in flight, and of ended ones, at most. Under load the last line counts the rest. */
const LINES = 6;
const REFRESH_MS = 100;

/** The commands of a running stage on a few live lines, made from the events that it publishes. */
export class Progress {
  readonly #inFlight = new Map<string, EventData>();
  readonly #ended: string[] = [];
  readonly #counts = { EXECUTED: 0, FAILED: 0 };
  readonly #endedIds = new Set<string>();
  readonly #stream: NodeJS.WriteStream;
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #timer: NodeJS.Timeout;
  readonly #deadLetters: () => number;
  readonly #connected: (() => number) | undefined;

  /**
   * @param deadLetters how many messages stand in dead-letter queues
   * @param connected how many vehicles are connected, where they are
   */
  constructor(stream: NodeJS.WriteStream, deadLetters: () => number, connected?: () => number) {
    this.#stream = stream;
    this.#deadLetters = deadLetters;
    this.#connected = connected;
    this.#update = createLogUpdate(stream);
    this.#timer = setInterval(() => this.#render(), REFRESH_MS);
    this.#timer.unref();
  }

  /** @param message what was published to a topic; anything but an event is passed over */
  see(message: string): void {
    const event = RemoteServiceEvent.safeParse(JSON.parse(message));
    if (!event.success) return;
    const { data } = event.data;
    // Events may come in any order, and again after the end.
    if (this.#endedIds.has(data.eventId)) return;
    if (isFinal(data.status)) {
      this.#end(data);
      return;
    }
    const standing = this.#inFlight.get(data.eventId);
    if (standing === undefined || rankOf(data.status) > rankOf(standing.status)) {
      this.#inFlight.set(data.eventId, data);
    }
  }

  /** Writes a line above the live ones. */
  print(line: string): void {
    if (this.#stream.isTTY) this.#update.clear();
    this.#stream.write(`${line}\n`);
    this.#render();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#render();
    if (this.#stream.isTTY) this.#update.done();
  }

  #end(data: EventData): void {
    this.#inFlight.delete(data.eventId);
    this.#endedIds.add(data.eventId);
    this.#counts[data.status === 'EXECUTED' ? 'EXECUTED' : 'FAILED'] += 1;
    const line = `${data.status === 'EXECUTED' ? '✓' : '✗'} ${describe(data)}`;
    if (this.#stream.isTTY) {
      this.#ended.push(line);
      if (this.#ended.length > LINES) this.#ended.shift();
    } else if (this.#inFlight.size <= LINES) {
      this.#stream.write(`${line}\n`);
    }
  }

  #render(): void {
    if (!this.#stream.isTTY) return;
    const inFlight = [...this.#inFlight.values()].slice(0, LINES).map((data) => `◌ ${describe(data)}`);
    const { EXECUTED, FAILED } = this.#counts;
    const deadLetters = this.#deadLetters();
    const connected = this.#connected?.();
    const summary = [
      ...(connected === undefined ? [] : [`${connected} vehicles connected`]),
      `${this.#inFlight.size} in flight`,
      `${EXECUTED} executed`,
      `${FAILED} failed`,
      ...(deadLetters > 0 ? [`${deadLetters} dead letters`] : []),
    ].join(' · ');
    this.#update([...this.#ended, ...inFlight, summary].join('\n'));
  }
}

function describe({ serviceType, vin, status, statusReason, requestedAt }: EventData): string {
  const seconds = ((Date.now() - Date.parse(requestedAt)) / 1000).toFixed(1);
  return `${serviceType} ${vin} ${status} ${statusReason === undefined ? '' : `${statusReason} `}${seconds} s`;
}
