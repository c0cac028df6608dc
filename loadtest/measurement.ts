import { type Buckets, difference, Histogram, latencyOf } from '../local/control/histogram.ts';
import type { Vitals } from '../local/control/vitals.ts';
import type { PhaseSpec } from './profiles.ts';
import type { Outcome, Phase, Sample } from './result.ts';
import type { Tick } from './tally.ts';

/** Sums of a phase, or of the whole. */
class Sums {
  sent = 0;
  accepted = 0;
  polls = 0;
  readonly errors: Record<string, number> = {};
  readonly trigger = new Histogram();
  readonly poll = new Histogram();
  readonly endToEnd = new Histogram();

  addTick({ sent, accepted, polls, errors, trigger, poll }: Tick): void {
    this.sent += sent;
    this.accepted += accepted;
    this.polls += polls;
    for (const [kind, count] of Object.entries(errors)) this.errors[kind] = (this.errors[kind] ?? 0) + count;
    this.trigger.add(trigger);
    this.poll.add(poll);
  }

  get outcome(): Outcome {
    const { sent, accepted, polls, errors } = this;
    return {
      sent,
      accepted,
      polls,
      errors,
      ...distributions({
        trigger: this.trigger.buckets(),
        poll: this.poll.buckets(),
        endToEnd: this.endToEnd.buckets(),
      }),
    };
  }
}

/** What is put together for one second. */
interface Second {
  readonly ticks: Tick[];
  /** What came in this second, as the vitals at its end show it. */
  vitals: (Pick<Sample, 'ended' | 'queues' | 'queued' | 'delayed' | 'deadLetters'> & Stage) | undefined;
}
interface Stage {
  readonly endToEnd: Buckets;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly cpus: number;
}

const NOTHING: Omit<Tick, 'at' | 'errors'> = {
  sent: 0,
  accepted: 0,
  polls: 0,
  trigger: [],
  poll: [],
  underWay: 0,
  cpuSeconds: 0,
  rssBytes: 0,
};

/** A tick comes with the second's end; timers are late now and then, and never early by more than this. */
const EARLY_MS = 100;

/** Puts together what load generator and stage tell of each second. */
export class Measurement {
  readonly #specs: readonly PhaseSpec[];
  readonly #begins: number[] = [];
  readonly #seconds = new Map<number, Second>();
  readonly #cpu = new Map<number, { readonly at: number; readonly cpuSeconds: number }>();
  readonly #generatorCpus = new Map<number, number>();
  readonly #total = new Sums();
  #vitals: Vitals | undefined;
  /** Requests that wait for an answer, by worker. */
  readonly #underWay = new Map<number, number>();

  constructor(phases: readonly PhaseSpec[]) {
    this.#specs = phases;
  }

  /** @param at milliseconds since the epoch */
  phaseBegan(phase: number, at: number): void {
    this.#begins[phase] ??= at;
  }

  /** @param worker its number: several tell of the same second */
  tick(worker: number, tick: Tick): void {
    const second = Math.floor((tick.at + EARLY_MS) / 1000) - 1;
    this.#secondOf(second).ticks.push(tick);
    this.#underWay.set(worker, tick.underWay);
    this.#total.addTick(tick);
    const before = this.#cpu.get(worker);
    this.#cpu.set(worker, tick);
    if (before === undefined || tick.at <= before.at) return;
    // Workers are threads of one process, of which each tells.
    this.#generatorCpus.set(second, ((tick.cpuSeconds - before.cpuSeconds) * 1000) / (tick.at - before.at));
  }

  /** Those that wait for an answer when the load has ended, and will get none: errors too. */
  giveUp(at: number): void {
    const { underWay } = this;
    this.#underWay.clear();
    if (underWay === 0) return;
    this.tick(0, { ...NOTHING, at, errors: { 'no answer before the end': underWay } });
  }

  /** Of a local stage, at the end of a second; the first ones are where counting begins. */
  vitals(vitals: Vitals): void {
    const before = this.#vitals;
    this.#vitals = vitals;
    if (before === undefined) return;
    const at = Date.parse(vitals.at);
    const elapsedMs = at - Date.parse(before.at);
    if (elapsedMs <= 0) return;
    const endToEnd = difference(vitals.latencyHistogram, before.latencyHistogram);
    this.#total.endToEnd.add(endToEnd);
    const depths = Object.entries(vitals.queues);
    const queues = depths.map(([name, { visible, inFlight }]) => [name, visible + inFlight] as const);
    const filled = queues.filter(([, depth]) => depth > 0);
    this.#secondOf(Math.floor((at + EARLY_MS) / 1000) - 1).vitals = {
      endToEnd,
      ended: {
        EXECUTED: vitals.endToEnd.EXECUTED - before.endToEnd.EXECUTED,
        FAILED: vitals.endToEnd.FAILED - before.endToEnd.FAILED,
      },
      queues: Object.fromEntries(filled),
      queued: filled.reduce((sum, [, depth]) => sum + depth, 0),
      delayed: depths.reduce((sum, [, { delayed }]) => sum + delayed, 0),
      deadLetters: vitals.deadLetters,
      rssBytes: vitals.rssBytes,
      heapUsedBytes: vitals.heapUsedBytes,
      cpus: ((vitals.cpuSeconds - before.cpuSeconds) * 1000) / elapsedMs,
    };
  }

  /** Requests that wait for an answer. */
  get underWay(): number {
    return [...this.#underWay.values()].reduce((sum, number) => sum + number, 0);
  }

  get total(): Outcome {
    return this.#total.outcome;
  }

  /** Of the latest second that is complete; undefined in the first. */
  get latest(): Sample | undefined {
    const second = [...this.#seconds.keys()].at(-2);
    return second === undefined ? undefined : this.#sampleOf(second);
  }

  /** Of the second that has begun last, as far as it is known. */
  get last(): Sample | undefined {
    const second = [...this.#seconds.keys()].at(-1);
    return second === undefined ? undefined : this.#sampleOf(second);
  }

  /** The phase that runs now. */
  get phase(): PhaseSpec | undefined {
    return this.#specs[this.#begins.length - 1];
  }

  samples(): Sample[] {
    return [...this.#seconds.keys()].sort((a, b) => a - b).map((second) => this.#sampleOf(second));
  }

  /** @param endedAt when the load ended; what came later counts in the last phase */
  phases(endedAt: number): Phase[] {
    return this.#specs.flatMap(({ name, fromRate, toRate }, index) => {
      const from = this.#begins[index];
      // It was broken off before.
      if (from === undefined) return [];
      const next = this.#begins[index + 1];
      const to = next ?? endedAt;
      const first = index === 0;
      const sums = new Sums();
      for (const [second, { ticks, vitals }] of this.#seconds) {
        const middle = second * 1000 + 500;
        if ((middle < from && !first) || (next !== undefined && middle >= next)) continue;
        for (const tick of ticks) sums.addTick(tick);
        if (vitals !== undefined) sums.endToEnd.add(vitals.endToEnd);
      }
      return {
        name,
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        seconds: (to - from) / 1000,
        fromRate,
        toRate,
        outcome: sums.outcome,
      };
    });
  }

  #secondOf(second: number): Second {
    const known = this.#seconds.get(second) ?? { ticks: [], vitals: undefined };
    this.#seconds.set(second, known);
    return known;
  }

  #sampleOf(second: number): Sample {
    const { ticks, vitals } = this.#seconds.get(second) ?? { ticks: [], vitals: undefined };
    const sums = new Sums();
    for (const tick of ticks) sums.addTick(tick);
    const { sent, accepted, polls, errors } = sums;
    const { endToEnd = [], ...stage } = vitals ?? {};
    const generatorCpus = this.#generatorCpus.get(second);
    const rss = Math.max(0, ...ticks.map(({ rssBytes }) => rssBytes));
    return {
      at: new Date(second * 1000).toISOString(),
      seconds: 1,
      sent,
      accepted,
      polls,
      errors,
      ...latencies({ trigger: sums.trigger.buckets(), poll: sums.poll.buckets(), endToEnd }),
      ...stage,
      ...(generatorCpus === undefined ? {} : { generatorCpus }),
      ...(rss === 0 ? {} : { generatorRssBytes: rss }),
    };
  }
}

interface Three {
  readonly trigger: Buckets;
  readonly poll: Buckets;
  readonly endToEnd: Buckets;
}

const latencies = (buckets: Three): Pick<Sample, keyof Three> =>
  Object.fromEntries(
    Object.entries(buckets).flatMap(([name, found]) => {
      const latency = latencyOf(found);
      return latency === undefined ? [] : [[name, latency]];
    }),
  );

const distributions = (buckets: Three): Pick<Outcome, keyof Three> =>
  Object.fromEntries(
    Object.entries(buckets).flatMap(([name, histogram]) => {
      const latency = latencyOf(histogram);
      return latency === undefined ? [] : [[name, { latency, histogram }]];
    }),
  );
