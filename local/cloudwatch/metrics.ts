/** A metric is its namespace, its name and all of its dimensions. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Takes one sample, as of now. */
export type Recorder = (value: number) => void;

export type Statistic = (window: Window) => number;

/** The samples of one second. */
interface Second {
  readonly second: number;
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  /** For percentiles only. */
  readonly values: number[];
}

/** What a statistic is computed of; never of no samples at all. */
interface Window {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly values: readonly number[];
}

/** For percentiles, so many samples of a second are kept; of more, the latest: no local stage has more that differ. */
const MOST_VALUES = 1000;

const STATISTICS: Readonly<Record<string, Statistic>> = {
  Average: ({ sum, count }) => sum / count,
  Maximum: ({ maximum }) => maximum,
  Minimum: ({ minimum }) => minimum,
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
};

/**
 * @param name as CloudWatch spells it: `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, or a percentile: `p99`
 * @returns undefined for any other
 */
export function statisticNamed(name: string): Statistic | undefined {
  const percent = /^p(\d{1,2}(\.\d+)?|100)$/.exec(name)?.[1];
  if (percent === undefined) return Object.hasOwn(STATISTICS, name) ? STATISTICS[name] : undefined;
  return ({ values }) => {
    const sorted = values.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil((sorted.length * Number(percent)) / 100) - 1)] ?? Number.NaN;
  };
}

/** The samples of a metric, by the second, as far back as somebody looks. */
class Series {
  readonly #seconds: Second[] = [];
  #windowSeconds = 0;
  #keepsValues = false;

  keep(windowSeconds: number, values: boolean): void {
    this.#windowSeconds = Math.max(this.#windowSeconds, windowSeconds);
    this.#keepsValues ||= values;
  }

  record(value: number, now: number): void {
    const second = Math.floor(now / 1000);
    let last = this.#seconds.at(-1);
    if (last?.second !== second) {
      last = { second, count: 0, sum: 0, minimum: value, maximum: value, values: [] };
      this.#seconds.push(last);
      while ((this.#seconds[0]?.second ?? second) <= second - this.#windowSeconds) this.#seconds.shift();
    }
    if (this.#keepsValues) last.values[last.count % MOST_VALUES] = value;
    last.count += 1;
    last.sum += value;
    last.minimum = Math.min(last.minimum, value);
    last.maximum = Math.max(last.maximum, value);
  }

  /** The samples after `from` and until `to`, whole seconds; undefined if there are none. */
  window(from: number, to: number): Window | undefined {
    const seconds = this.#seconds.filter(({ second }) => from < second && second <= to);
    if (seconds.length === 0) return undefined;
    return {
      count: seconds.reduce((total, { count }) => total + count, 0),
      sum: seconds.reduce((total, { sum }) => total + sum, 0),
      minimum: Math.min(...seconds.map(({ minimum }) => minimum)),
      maximum: Math.max(...seconds.map(({ maximum }) => maximum)),
      values: seconds.flatMap(({ values }) => values),
    };
  }
}

/** How much back from now a value is asked for: the latest period is number 0. */
interface Period {
  readonly seconds: number;
  readonly number: number;
}

/** The value of a metric in a period; undefined if there were no samples. */
export type ReadMetric = (period: Period) => number | undefined;

/** What the state of something is now; undefined if there is no such thing. */
export type Gauge = (dimensions: MetricId['dimensions']) => number | undefined;

/**
 * Metrics, of which only those are kept that somebody watches: for any other, nothing is recorded. Periods end now,
 * where CloudWatch's are whole minutes: what happens is seen at once.
 */
export class Metrics {
  readonly #series = new Map<string, Series>();
  readonly #namespaces = new Set<string>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A metric that is not recorded but looked up when somebody asks, whatever its dimensions are. */
  gauge(namespace: string, name: string, read: Gauge): void {
    this.#gauges.set(`${namespace} ${name}`, read);
  }

  /**
   * Records the metric from now on.
   * @param seconds how far back somebody looks
   * @param statistic one that `statisticNamed` knows
   */
  watch(id: MetricId, seconds: number, statistic: string): ReadMetric {
    const compute = statisticNamed(statistic);
    if (compute === undefined) throw new Error(`there is no statistic ${statistic}`);
    const read = this.#gauges.get(`${id.namespace} ${id.name}`);
    if (read !== undefined) {
      // Its past is not known: it is taken to have been as it is.
      return () => {
        const value = read(id.dimensions);
        if (value === undefined) return undefined;
        return compute({ count: 1, sum: value, minimum: value, maximum: value, values: [value] });
      };
    }
    const key = keyOf(id);
    const series = this.#series.get(key) ?? new Series();
    this.#series.set(key, series);
    this.#namespaces.add(id.namespace);
    series.keep(seconds, statistic.startsWith('p'));
    return ({ seconds: length, number }) => {
      const end = Math.floor(this.#now() / 1000) - number * length;
      const window = series.window(end - length, end);
      return window && compute(window);
    };
  }

  /** @returns undefined for a metric that nobody watches: then there is nothing to do */
  recorder(id: MetricId): Recorder | undefined {
    const series = this.#series.get(keyOf(id));
    return series && ((value) => series.record(value, this.#now()));
  }

  /** Whether a metric of the namespace is watched. */
  watches(namespace: string): boolean {
    return this.#namespaces.has(namespace);
  }

  /** The namespaces of metrics that are watched. */
  get watched(): ReadonlySet<string> {
    return this.#namespaces;
  }
}

function keyOf({ namespace, name, dimensions }: MetricId): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}
