import type { EChartsOption } from 'echarts';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { escaped } from './page.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

/**
 * Colours of things in charts: properties of the page's style sheet (charts/page.ts), so that one picture is legible in
 * light, in dark and on paper.
 */
export const COLOURS = {
  blue: 'var(--blue)',
  orange: 'var(--orange)',
  green: 'var(--green)',
  purple: 'var(--purple)',
  red: 'var(--red)',
  teal: 'var(--teal)',
  brown: 'var(--brown)',
  grey: 'var(--grey)',
  ink: 'var(--ink)',
  quiet: 'var(--quiet)',
  line: 'var(--line)',
  shade: 'var(--shade)',
} as const;

/** In the order in which series take them; neighbours can be told apart without seeing red and green. */
const SERIES_COLOURS = [
  COLOURS.blue,
  COLOURS.orange,
  COLOURS.purple,
  COLOURS.green,
  COLOURS.red,
  COLOURS.teal,
  COLOURS.brown,
  COLOURS.grey,
];

const AXIS = {
  axisLine: { lineStyle: { color: COLOURS.quiet } },
  axisTick: { lineStyle: { color: COLOURS.quiet } },
  minorTick: { lineStyle: { color: COLOURS.line } },
  axisLabel: { color: COLOURS.quiet },
  nameTextStyle: { color: COLOURS.quiet },
  splitLine: { lineStyle: { color: COLOURS.line } },
};

/** Without text colours of its own, ECharts would write in greys that are made for white. */
const THEME = {
  color: SERIES_COLOURS,
  textStyle: { fontFamily: 'system-ui, sans-serif', color: COLOURS.ink },
  // Room for the legend above, and for numbers with units beside; whoever has longer names says so.
  grid: { left: 70, right: 24, top: 34, bottom: 28 },
  legend: {
    top: 0,
    left: 0,
    icon: 'roundRect',
    itemWidth: 14,
    itemHeight: 6,
    itemGap: 20,
    padding: 0,
    inactiveColor: COLOURS.quiet,
    textStyle: { color: COLOURS.ink },
  },
  categoryAxis: AXIS,
  valueAxis: AXIS,
  logAxis: AXIS,
  line: { symbol: 'none', silent: true, lineStyle: { width: 1.5 } },
  bar: { silent: true },
};

export interface ChartSize {
  /** Pixels; a page shows it as wide as there is room. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Draws a chart for a page.
 * @param label what it shows, for those who cannot see it
 * @returns an SVG element that needs nothing but the style sheet of `page()`; best within a `<figure>`
 */
export function chart(
  label: string,
  option: EChartsOption,
  { width = 1120, height = 300 }: ChartSize = {},
): string {
  const drawing = init(null, THEME, { renderer: 'svg', ssr: true, width, height });
  drawing.setOption({ animation: false, ...option });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return svg
    .replace('<svg ', `<svg role="img" aria-label="${escaped(label)}" `)
    .replaceAll(NOT_FOR_PAGES, '');
}

/** What is for pointers, scripts and files of its own: nothing of that is in a page. */
const NOT_FOR_PAGES =
  /<style ?>.*?<\/style>\n?| class="zr\d+-cls-\d+"| ecmeta_\w+="[^"]*"| xmlns(:\w+)?="[^"]*"| (pointer-events|baseProfile|version)="[^"]*"/gs;
