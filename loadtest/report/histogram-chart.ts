import { COLOURS, chart } from '../../charts/chart.ts';
import { type Buckets, GROWTH, type Latency } from '../../local/control/histogram.ts';
import { logarithmic, scaledAxis } from './scale.ts';
import { decimal, milliseconds } from './units.ts';

/** Bars of less than some 15 pixels would be a comb. */
const MOST_BARS = 60;

/**
 * How many commands took how long, on a logarithmic scale.
 * @param buckets not empty
 * @returns HTML
 */
export function histogramChart(label: string, buckets: Buckets, { count, p50Ms, p99Ms }: Latency): string {
  const bars = barsOf(buckets);
  const last = bars.at(-1);
  const edges = [...bars.map(({ from }) => from), ...(last === undefined ? [] : [last.to])];
  const svg = chart(
    label,
    {
      grid: { left: 70, right: 24, top: 44, bottom: 28 },
      xAxis: { ...scaledAxis(logarithmic(edges), milliseconds), splitLine: { show: false } },
      yAxis: {
        type: 'value',
        min: 0,
        splitNumber: 4,
        axisLabel: { formatter: (percent: number) => `${decimal(percent)} %` },
      },
      series: [
        {
          type: 'line',
          step: 'end',
          color: COLOURS.blue,
          lineStyle: { width: 1 },
          areaStyle: { opacity: 0.5 },
          data: [
            ...bars.map(({ from, count: of }) => [Math.log10(from), (of / count) * 100]),
            ...(last === undefined ? [] : [[Math.log10(last.to), 0]]),
          ],
          markLine: {
            symbol: 'none',
            silent: true,
            // One above the other: both may be at nearly the same place.
            data: [marked('p50', p50Ms, COLOURS.orange, 2), marked('p99', p99Ms, COLOURS.purple, 18)],
          },
        },
      ],
    },
    { height: 260 },
  );
  return `<figure>${svg}</figure>`;
}

const marked = (name: string, value: number, color: string, distance: number) => ({
  xAxis: Math.log10(value),
  lineStyle: { color, type: 'solid' as const, width: 2 },
  label: {
    formatter: `${name} ${milliseconds(value)}`,
    color,
    distance,
    fontWeight: 'bold' as const,
    textBorderWidth: 0,
  },
});

interface Bar {
  /** Milliseconds, exclusive. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Buckets that are joined to bars, without gaps: a bucket of nothing is a bar of nothing. */
function barsOf(buckets: Buckets): Bar[] {
  const indices = buckets.map(([upToMs]) => Math.round(Math.log(upToMs) / Math.log(GROWTH)));
  const first = indices[0] ?? 0;
  const last = indices.at(-1) ?? 0;
  // CloudWatch's are joined already: a bar must be as many of those as the next one.
  const apart = indices.slice(1).map((index, at) => index - (indices[at] ?? 0));
  const unit = Math.min(last - first + 1, ...apart);
  const width = Math.ceil((last - first + 1) / MOST_BARS / unit) * unit;
  const counts = new Map<number, number>();
  for (const [at, index] of indices.entries()) {
    const bar = Math.floor((index - first) / width);
    counts.set(bar, (counts.get(bar) ?? 0) + (buckets[at]?.[1] ?? 0));
  }
  // The bucket of an index ends there.
  const edge = (bar: number): number => GROWTH ** (first - unit + bar * width);
  return Array.from({ length: Math.floor((last - first) / width) + 1 }, (_, bar) => ({
    from: edge(bar),
    to: edge(bar + 1),
    count: counts.get(bar) ?? 0,
  }));
}
