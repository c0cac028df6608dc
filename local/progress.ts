import { createLogUpdate } from 'log-update';
import * as z from 'zod';
import { RemoteServiceEvent } from '../functions/event/event.ts';
import { isFinal, rankOf, Status } from '../functions/event/lifecycle.ts';

/** Lines of commands in flight, and of ended ones, at most. Under load the last line counts the rest. */
const LINES = 6;
const REFRESH_MS = 100;

/** Ends that are remembered, up to twice as many: what comes again, comes soon. */
const REMEMBERED = 10_000;

const Shown = z.object({
  eventId: z.string(),
  serviceType: z.string(),
  vin: z.string(),
  status: Status,
  statusReason: z.string().optional(),
  requestedAt: z.string(),
});
type Shown = z.infer<typeof Shown>;

/** What is shown of an event. Whoever acts on it checks the rest: that costs ten times as much. */
const ShownEvent = z.object({ type: RemoteServiceEvent.shape.type, data: Shown });

/** The commands of a running stage on a few live lines, made from the events that it publishes. */
export class Progress {
  readonly #inFlight = new Map<string, Shown>();
  /** Lines of ended commands: on a terminal the latest, elsewhere those that are not written yet. */
  #ended: string[] = [];
  readonly #counts = { EXECUTED: 0, FAILED: 0 };
  #endedIds = new Set<string>();
  #endedEarlier = new Set<string>();
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
    const event = ShownEvent.safeParse(JSON.parse(message));
    if (!event.success) return;
    const { data } = event.data;
    // Events may come in any order, and again after the end.
    if (this.#endedIds.has(data.eventId) || this.#endedEarlier.has(data.eventId)) return;
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
    else this.#writeEnded();
    this.#stream.write(`${line}\n`);
    this.#render();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#render();
    if (this.#stream.isTTY) this.#update.done();
  }

  #end(data: Shown): void {
    this.#inFlight.delete(data.eventId);
    if (this.#endedIds.size === REMEMBERED) {
      this.#endedEarlier = this.#endedIds;
      this.#endedIds = new Set();
    }
    this.#endedIds.add(data.eventId);
    this.#counts[data.status === 'EXECUTED' ? 'EXECUTED' : 'FAILED'] += 1;
    const line = `${data.status === 'EXECUTED' ? '✓' : '✗'} ${describe(data)}`;
    if (this.#stream.isTTY) {
      this.#ended.push(line);
      if (this.#ended.length > LINES) this.#ended.shift();
    } else if (this.#inFlight.size <= LINES) {
      this.#ended.push(line);
    }
  }

  /** Together: to write each by itself costs as much as all. */
  #writeEnded(): void {
    if (this.#ended.length === 0) return;
    this.#stream.write(`${this.#ended.join('\n')}\n`);
    this.#ended = [];
  }

  #render(): void {
    if (!this.#stream.isTTY) {
      this.#writeEnded();
      return;
    }
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

function describe({ serviceType, vin, status, statusReason, requestedAt }: Shown): string {
  const seconds = ((Date.now() - Date.parse(requestedAt)) / 1000).toFixed(1);
  return `${serviceType} ${vin} ${status} ${statusReason === undefined ? '' : `${statusReason} `}${seconds} s`;
}
