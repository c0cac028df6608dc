import type { LineSeriesOption } from 'echarts';
import { COLOURS, chart } from '../../charts/chart.ts';
import { legend } from '../../charts/page.ts';
import type { Phase, Sample } from '../result.ts';
import { LINEAR, logarithmic, logarithmicFromZero, type Scale, scaledAxis, timeStep } from './scale.ts';
import { duration } from './units.ts';

/** What all charts over time share. */
export interface Timeline {
  /** As `spansOf` gives them. */
  readonly spans: readonly Sample[];
  readonly phases: readonly Phase[];
}

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** Undefined where it was not measured: the line has a gap. */
  readonly value: (span: Sample) => number | undefined;
  /** Behind the others, which may lie upon it: broad and pale. */
  readonly behind?: true;
  readonly dashed?: true;
  /** Pixels. */
  readonly width?: number;
  /** Filled, and on top of the stacked ones before. */
  readonly stacked?: true;
}

interface Axis {
  /** A number of the axis with its unit. */
  readonly format: (value: number) => string;
  /** Chooses the scale by the values of each line. */
  readonly scale?: (lines: readonly (readonly number[])[]) => Scale;
}

/** From here on, a few peaks would press all else to the ground. */
const FAR_ABOVE = 10;

/** Logarithmic if a line has peaks far above its usual height. */
export const latencyScale = (lines: readonly (readonly number[])[]): Scale => {
  const hasPeaks = lines.some((line) => {
    const ascending = line.toSorted((one, other) => one - other);
    const usual = ascending[Math.floor(ascending.length / 2)] ?? 0;
    return usual > 0 && (ascending.at(-1) ?? 0) > FAR_ABOVE * usual;
  });
  return hasPeaks ? logarithmic(lines.flat()) : LINEAR;
};

/** Logarithmic if a line is far above another: a queue of what is put off holds thousands, others a few. */
export const depthScale = (lines: readonly (readonly number[])[]): Scale => {
  const highest = lines.map((line) => Math.max(...line));
  return Math.max(...highest) > FAR_ABOVE * Math.max(1, Math.min(...highest))
    ? logarithmicFromZero(highest)
    : LINEAR;
};

/** Between the plot and its frame; the names of phases are above the plot. */
const GRID = { left: 70, right: 24, top: 24, bottom: 28 };
const WIDTH = 1120;

/**
 * Lines over the time that has passed, with the phases behind them.
 * @returns HTML; empty if none of the lines has a value
 */
export function timeChart(
  label: string,
  { spans, phases }: Timeline,
  lines: readonly Line[],
  { format, scale: scaleOf = () => LINEAR }: Axis,
): string {
  const [first] = spans;
  const last = spans.at(-1);
  const shown = lines.filter(({ value }) => spans.some((span) => value(span) !== undefined));
  if (first === undefined || last === undefined || shown.length === 0) return '';
  const start = Date.parse(first.at);
  const passed = (time: string): number => (Date.parse(time) - start) / 1000;
  const end = passed(last.at) + last.seconds;
  const step = timeStep(end);

  const scale = scaleOf(shown.map(({ value }) => spans.map(value).filter((found) => found !== undefined)));
  const series = shown.map(
    ({ name, colour, value, behind, dashed, width = 1.5, stacked }, index): LineSeriesOption => {
      const heights = spans.map((span) => {
        const found = value(span);
        return (found === undefined ? undefined : scale.toAxis(found)) ?? null;
      });
      const data = spans.map((span, at) => {
        const point = [round(passed(span.at) + span.seconds / 2), heights[at] ?? null];
        const isAlone = (heights[at - 1] ?? null) === null && (heights[at + 1] ?? null) === null;
        // Between two gaps there is no line to be seen.
        return isAlone ? { value: point, symbol: 'circle', symbolSize: 4 } : point;
      });
      return {
        name,
        type: 'line',
        data,
        color: colour,
        lineStyle: {
          width: behind ? 5 : stacked ? 0.5 : width,
          opacity: behind ? 0.35 : 1,
          type: dashed ? 'dashed' : 'solid',
        },
        ...(stacked ? { stack: 'all', step: 'middle', areaStyle: { opacity: 0.85 } } : {}),
        ...(index === 0 ? { markArea: markArea(phases, passed, end) } : {}),
      };
    },
  );
  const svg = chart(
    label,
    {
      grid: GRID,
      xAxis: {
        type: 'value',
        min: 0,
        max: end,
        interval: step,
        splitLine: { show: false },
        axisLabel: {
          // The end itself is a tick too, wherever it lies.
          formatter: (seconds: number) =>
            seconds % step === 0 ? (seconds === 0 ? '0' : duration(seconds)) : '',
        },
      },
      yAxis: scaledAxis(scale, format),
      series,
    },
    { width: WIDTH, height: 236 },
  );
  return `<figure>${legend(shown)}${svg}</figure>`;
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;

/** Of a letter, roughly. */
const LETTER_PX = 6.5;
const LINE_PX = 14;

/** Every other phase is shaded; its name stands above it, or upright within, or only in the table where it is too narrow. */
function markArea(
  phases: readonly Phase[],
  passed: (time: string) => number,
  end: number,
): LineSeriesOption['markArea'] {
  const pxPerSecond = (WIDTH - GRID.left - GRID.right) / end;
  return {
    silent: true,
    data: phases.map(({ name, from, to }, index) => {
      const [begin, until] = [Math.max(0, passed(from)), Math.min(end, passed(to))];
      const width = (until - begin) * pxPerSecond;
      const isWide = width >= name.length * LETTER_PX;
      return [
        {
          name,
          xAxis: begin,
          itemStyle: { color: COLOURS.shade, opacity: index % 2 === 0 ? 0.14 : 0 },
          label: {
            show: width >= LINE_PX,
            position: isWide ? ('top' as const) : ('inside' as const),
            rotate: isWide ? 0 : 90,
            color: COLOURS.quiet,
            fontSize: 11,
            textBorderWidth: 0,
          },
        },
        { xAxis: until },
      ];
    }),
  };
}
