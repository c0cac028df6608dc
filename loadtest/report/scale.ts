/** Where axes have their ticks. ECharts' own are decimal, and those of its logarithmic axes powers of ten alone. */

/** Seconds between ticks of time that has passed. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600];
const MOST_TIME_TICKS = 12;

export const timeStep = (seconds: number): number =>
  TIME_STEPS.find((step) => seconds / step <= MOST_TIME_TICKS) ?? seconds / MOST_TIME_TICKS;

/** How values become heights, or lengths, of a chart. */
export interface Scale {
  /** Undefined for what cannot be shown. */
  readonly toAxis: (value: number) => number | undefined;
  /** Of the axis' ends and what is between, ascending, in terms of values; absent where ECharts finds them. */
  readonly ticks?: readonly number[];
}

export const LINEAR: Scale = { toAxis: (value) => value };

/** For what is above 0: latencies. */
export const logarithmic = (values: readonly number[]): Scale => {
  const positive = values.filter((value) => value > 0);
  return {
    toAxis: (value) => (value > 0 ? Math.log10(value) : undefined),
    ticks: logTicks(Math.min(...positive), Math.max(...positive)),
  };
};

/** For counts: nearly logarithmic, and there is a 0. */
export const logarithmicFromZero = (values: readonly number[]): Scale => ({
  toAxis: (value) => Math.log10(1 + value),
  ticks: [0, ...ticksOf([1], 1, Math.max(1, ...values))],
});

const MOST_LOG_TICKS = 9;

/**
 * ECharts' options of a value axis on a scale.
 * @param format a number of the axis with its unit
 */
export function scaledAxis({ toAxis, ticks }: Scale, format: (value: number) => string) {
  if (ticks === undefined) {
    return { type: 'value' as const, min: 0, splitNumber: 4, axisLabel: { formatter: format } };
  }
  const places = ticks.map((tick) => toAxis(tick) ?? 0);
  const texts = new Map(places.map((place, index) => [place.toFixed(6), format(ticks[index] ?? 0)]));
  return {
    type: 'value' as const,
    min: places[0] ?? 0,
    max: places.at(-1) ?? 1,
    axisTick: { customValues: places },
    axisLabel: {
      customValues: places,
      formatter: (place: number) => texts.get(place.toFixed(6)) ?? '',
    },
  };
}

/**
 * Ticks of a logarithmic axis: 1, 2, 5, 10 …, or powers of ten alone where those are too many.
 * @param from above 0
 * @returns ascending, from the last one that is not above `from` to the first that is not below `to`
 */
function logTicks(from: number, to: number): number[] {
  const fine = ticksOf([1, 2, 5], from, to);
  return fine.length <= MOST_LOG_TICKS ? fine : ticksOf([1], from, to);
}

function ticksOf(digits: readonly number[], from: number, to: number): number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1) {
    for (const digit of digits) all.push(Number(`${digit}e${power}`));
  }
  const first = all.findLastIndex((tick) => tick <= from);
  const last = all.findIndex((tick) => tick >= to);
  return all.slice(Math.max(0, first), last === -1 ? undefined : last + 1);
}
