import { inColumns } from '../bin/columns.ts';
import type { Estimate, Part } from './estimate.ts';
import { change, percent, rate, usd, whole } from './numbers.ts';
import { MULTIPLES, type QuotaReport } from './quotas.ts';
import { PEAK_FACTOR, perSecond } from './volumes.ts';

/** The estimate for a terminal. */
export function estimateText(estimate: Estimate): string {
  const { region, date, stage, reading, volumes, total, services, blocks, alternatives } = estimate;
  return [
    `${stage} in ${region}, prices of ${date}, on demand, without free tier`,
    `${whole(volumes.commandsPerDay)} commands and ${whole(volumes.apiCallsPerDay)} API calls a day ` +
      `(${rate(perSecond(volumes.commandsPerDay))} and ${rate(perSecond(volumes.apiCallsPerDay))} a second), ` +
      `from a reading of ${whole(reading.commands)} commands`,
    '',
    ...partTable('SERVICE', services, total),
    '',
    ...partTable('BUILDING BLOCK', blocks, total),
    '',
    `A million status polls cost ${usd(estimate.perMillionPolls)} USD, a million commands without them ` +
      `${usd(estimate.perMillionCommandsWithoutPolls)}; the stage costs ${usd(estimate.fixedPerMonth)} a month anyway.`,
    '',
    ...inColumns([
      ['SIDE BY SIDE', 'USD/MILLION COMMANDS', 'USD/MONTH', 'TO THIS'],
      ...alternatives.map((part) => [
        named(part),
        usd(part.perMillionCommands),
        usd(part.perMonth),
        part.name === alternatives[0]?.name ? '' : change(part.perMonth / total.perMonth - 1),
      ]),
    ]),
    '',
    'The talk’s 20 %',
    ...estimate.claim.map((line) => `  ${line}`),
    '',
    'How far the total would move',
    ...inColumns(estimate.sensitivities.map(({ change: what, by }) => [`  ${what}`, change(by)])),
    '',
    'Assumptions',
    ...estimate.assumptions.map((line) => `  ${line}`),
    ...(services.every(({ confirmed }) => confirmed)
      ? []
      : ['', '* has a price that could not be confirmed for this region: see notes in cost/prices']),
  ].join('\n');
}

/** Each architecture, with what it rests on. */
export const assumptionsText = ({ alternatives }: Estimate): string =>
  alternatives
    .map(({ name, what, assumptions }) =>
      [`${name}: ${what}`, ...assumptions.map((line) => `  - ${line}`)].join('\n'),
    )
    .join('\n\n');

const partTable = (title: string, parts: readonly Part[], total: Part): string[] =>
  inColumns([
    [title, 'USD/MILLION COMMANDS', 'USD/MONTH', 'SHARE'],
    ...[...parts, total].map((part) => [
      named(part),
      usd(part.perMillionCommands),
      usd(part.perMonth),
      percent(part.share),
    ]),
  ]);

const named = ({ name, confirmed }: Part): string => (confirmed ? name : `${name}*`);

/** Volumes against quotas for a terminal. */
export function quotasText(reports: readonly QuotaReport[], region: string, date: string): string {
  const rows = reports.map(({ name, limit, needs, confirmed }) => [
    confirmed ? name : `${name}*`,
    whole(limit),
    ...needs.map(({ average, peak, exceeded }) => `${rate(average)} / ${rate(peak)}${exceeded ? ' !' : ''}`),
  ]);
  const raised = reports.filter(({ needs }) => needs.some(({ exceeded }) => exceeded));
  return [
    `Default quotas of ${region} (${date}): average / peak, which is ${PEAK_FACTOR} times the average; ! is above the quota`,
    '',
    ...inColumns([['QUOTA', 'DEFAULT', ...MULTIPLES.map((multiple) => `×${multiple}`)], ...rows]),
    '',
    raised.length === 0 ? 'None must be raised.' : 'To raise',
    ...raised.map(({ name, needs, limit, raise }) => {
      const first = needs.find(({ exceeded }) => exceeded);
      const last = needs.at(-1);
      return `  ${name}: from ×${first?.multiple} on; ×${last?.multiple} needs ${whole(last?.peak ?? 0)}, ${rate((last?.peak ?? 0) / limit)} times as much. ${raise}`;
    }),
    '',
    'What the design does to stay below',
    ...reports.map(({ name, design }) => `  ${name}: ${design}`),
    ...(reports.every(({ confirmed }) => confirmed)
      ? []
      : ['', '* could not be confirmed: look it up in Service Quotas']),
  ].join('\n');
}
