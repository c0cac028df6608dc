import { COLOURS, chart } from '../charts/chart.ts';
import { escaped, page, table } from '../charts/page.ts';
import { FAMILIES } from './bill.ts';
import type { Compared, Estimate, Part } from './estimate.ts';
import { change, percent, rate, usd, whole } from './numbers.ts';
import { perSecond } from './volumes.ts';

/** What a stage costs, as one page that needs nothing from elsewhere. */
export function costPage(estimate: Estimate): string {
  const { stage, region, date, volumes, total, services, blocks, alternatives, reading } = estimate;
  const title = `Cost of ${stage} in ${region}`;
  const tiles: readonly (readonly [string, string])[] = [
    [usd(total.perMillionCommands), 'USD for a million commands, all in'],
    [whole(total.perMonth), 'USD a month'],
    [usd(estimate.perMillionCommandsWithoutPolls), 'USD for a million commands without polls'],
    [usd(estimate.perMillionPolls), 'USD for a million status polls'],
    [whole(estimate.fixedPerMonth), 'USD a month without any use'],
  ];
  return page({
    title,
    style:
      'ul { padding-left: 1.2rem; } li { margin: .2rem 0; } h3 { margin: 1rem 0 .25rem; font-size: 1rem; }',
    body: [
      `<h1>${escaped(title)}</h1>`,
      `<p class="quiet">${escaped(
        `${whole(volumes.commandsPerDay)} commands and ${whole(volumes.apiCallsPerDay)} API calls a day ` +
          `(${rate(perSecond(volumes.commandsPerDay))} and ${rate(perSecond(volumes.apiCallsPerDay))} a second) · ` +
          `from a reading of ${whole(reading.commands)} commands, ${reading.from} to ${reading.to} · ` +
          `prices of ${date}, on demand, without free tier`,
      )}</p>`,
      `<div class="tiles">${tiles.map(([value, label]) => `<div class="tile"><b>${value}</b>${label}</div>`).join('')}</div>`,
      '<h2>By service</h2>',
      figure(bars('USD a month by service', services)),
      '<h2>By building block</h2>',
      figure(bars('USD a month by building block', blocks)),
      '<h2>Side by side</h2>',
      figure(stacked(alternatives)),
      table(
        [
          { name: 'Architecture' },
          { name: 'USD for a million commands', number: true },
          { name: 'USD a month', number: true },
          { name: 'To this system', number: true },
          { name: 'What it is' },
        ],
        alternatives.map((part, index) => [
          named(part),
          usd(part.perMillionCommands),
          usd(part.perMonth),
          index === 0 ? '' : change(part.perMonth / total.perMonth - 1),
          part.what,
        ]),
      ),
      '<h2>The talk’s 20 %</h2>',
      list(estimate.claim),
      '<h2>Services in figures</h2>',
      parts('Service', services, total),
      '<h2>Building blocks in figures</h2>',
      parts('Building block', blocks, total),
      '<h2>How far the total would move</h2>',
      table(
        [{ name: 'If' }, { name: 'Total', number: true }],
        estimate.sensitivities.map(({ change: what, by }) => [what, change(by)]),
      ),
      '<h2>Assumptions</h2>',
      ...alternatives.map(({ name, assumptions }) => `<h3>${escaped(name)}</h3>${list(assumptions)}`),
      '<p class="quiet">* has a price that could not be confirmed for this region (notes in cost/prices).</p>',
    ].join('\n'),
  });
}

const figure = (svg: string): string => `<figure>${svg}</figure>`;

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escaped(line)}`).join('')}</ul>`;

const named = ({ name, confirmed }: Part): string => (confirmed ? name : `${name}*`);

/** A row for each, and room for axis and legend. */
const ROW_HEIGHT = 26;

/** What is less than this share of the whole would be an empty row. */
const SMALLEST = 0.0005;

function bars(label: string, all: readonly Part[]): string {
  const shown = all.filter(({ share }) => share >= SMALLEST);
  return chart(
    label,
    {
      grid: { left: 250, right: 130, top: 8, bottom: 40 },
      xAxis: { type: 'value', name: 'USD a month', nameLocation: 'middle', nameGap: 26 },
      yAxis: { type: 'category', inverse: true, data: shown.map(named), axisLabel: { color: COLOURS.ink } },
      series: [
        {
          type: 'bar',
          barWidth: 16,
          itemStyle: { color: COLOURS.blue },
          data: shown.map(({ perMonth, share }) => ({
            value: perMonth,
            label: {
              show: true,
              position: 'right' as const,
              color: COLOURS.ink,
              formatter: `${whole(perMonth)}  (${percent(share)})`,
            },
          })),
        },
      ],
    },
    { height: shown.length * ROW_HEIGHT + 56 },
  );
}

/** One bar for each architecture, in families of services: with each service, nobody could tell the colours apart. */
function stacked(alternatives: readonly Compared[]): string {
  const usedFamilies = FAMILIES.filter((family) =>
    alternatives.some(({ families }) => families.some(({ name }) => name === family)),
  );
  return chart(
    'USD a month of this system and its alternatives, by families of services',
    {
      // Browsers write wider than the chart measures without one.
      legend: { data: [...usedFamilies], itemGap: 34 },
      grid: { left: 110, right: 110, top: 56, bottom: 40 },
      xAxis: { type: 'value', name: 'USD a month', nameLocation: 'middle', nameGap: 26 },
      yAxis: {
        type: 'category',
        inverse: true,
        data: alternatives.map(named),
        axisLabel: { color: COLOURS.ink },
      },
      series: [
        ...usedFamilies.map((family) => ({
          type: 'bar' as const,
          name: family,
          stack: 'all',
          barWidth: 30,
          data: alternatives.map(
            ({ families }) => families.find(({ name }) => name === family)?.perMonth ?? 0,
          ),
        })),
        {
          // Nothing but the total behind each bar.
          type: 'bar' as const,
          name: 'total',
          stack: 'all',
          data: alternatives.map(({ perMonth }) => ({
            value: 0,
            label: {
              show: true,
              position: 'right' as const,
              color: COLOURS.ink,
              formatter: whole(perMonth),
            },
          })),
        },
      ],
    },
    { height: alternatives.length * 46 + 100 },
  );
}

const parts = (title: string, all: readonly Part[], total: Part): string =>
  table(
    [
      { name: title },
      { name: 'USD for a million commands', number: true },
      { name: 'USD a month', number: true },
      { name: 'Share', number: true },
    ],
    [...all, total].map((part) => [
      named(part),
      usd(part.perMillionCommands),
      usd(part.perMonth),
      percent(part.share),
    ]),
  );
