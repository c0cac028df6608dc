import { createLogUpdate } from 'log-update';
import type { Measurement } from './measurement.ts';

/** Where there is no terminal, a line each so many seconds. */
const PLAIN_SECONDS = 10;

/** A load test while it runs, in a few live lines. */
export class LiveProgress {
  readonly #stream: NodeJS.WritableStream;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  #seconds = 0;

  /** @param stream of a terminal, or any other */
  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
    this.#stream = stream;
    this.#update = stream.isTTY === true ? createLogUpdate(stream) : undefined;
  }

  /** Once a second. */
  load(measurement: Measurement, elapsedSeconds: number, seconds: number): void {
    this.#seconds += 1;
    const lines = linesOf(measurement, elapsedSeconds, seconds);
    if (this.#update !== undefined) this.#update(lines.join('\n'));
    else if (this.#seconds % PLAIN_SECONDS === 1) this.#stream.write(`${lines.join(' · ')}\n`);
  }

  /** What happens before and after the load. */
  tell(what: string): void {
    if (this.#update !== undefined) this.#update(what);
    else this.#stream.write(`${what}\n`);
  }

  /** The same, for what changes all the time: only where there is a terminal. */
  update(what: string): void {
    this.#update?.(what);
  }

  end(): void {
    this.#update?.clear();
  }
}

function linesOf(measurement: Measurement, elapsedSeconds: number, seconds: number): string[] {
  const { phase, latest, total, underWay } = measurement;
  const errors = Object.entries(total.errors).sort(([, a], [, b]) => b - a);
  const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 0 });
  const per = (count: number) => number(count / (latest?.seconds ?? 1));
  const { endToEnd, queued, rssBytes, cpus, generatorCpus } = latest ?? {};
  return [
    `${phase?.name ?? 'starts'}, ${number(elapsedSeconds)} of ${number(seconds)} s`,
    `${per(latest?.sent ?? 0)} commands/s, ${per(latest?.polls ?? 0)} polls/s, ${underWay} requests under way`,
    `${number(total.accepted)} accepted, ${number(total.polls)} polls, ` +
      (errors.length === 0
        ? 'no errors'
        : `errors: ${errors.map(([kind, count]) => `${kind} ${number(count)}`).join(', ')}`),
    ...(endToEnd === undefined
      ? []
      : [`end to end p50 ${number(endToEnd.p50Ms)} ms, p99 ${number(endToEnd.p99Ms)} ms`]),
    ...(queued === undefined || rssBytes === undefined || cpus === undefined
      ? []
      : [
          `${number(queued)} messages in queues, ${number(rssBytes / 2 ** 20)} MiB, ` +
            `CPUs: stage ${cpus.toFixed(2)}, generator ${(generatorCpus ?? 0).toFixed(2)}`,
        ]),
  ];
}
