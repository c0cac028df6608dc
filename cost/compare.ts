import { inColumns } from '../bin/columns.ts';
import { BESIDE_PROD, Block, type MeterReading, Unit } from '../local/metering/meter-reading.ts';
import { bill } from './bill.ts';
import type { EstimateOptions } from './estimate.ts';
import { monthly } from './monthly.ts';
import { usd } from './numbers.ts';

/** A unit of a building block in two readings, per command. */
interface Difference {
  readonly block: string;
  readonly unit: Unit;
  readonly before: number;
  readonly after: number;
  /** Per million commands; of units that prices know by something else, 0. */
  readonly usdBefore: number;
  readonly usdAfter: number;
}

/** Two readings side by side, unit by unit: what did a change do? */
export function compare(before: EstimateOptions, after: EstimateOptions): Difference[] {
  return Block.exclude(BESIDE_PROD).options.flatMap((block) =>
    Unit.options.flatMap((unit) => {
      const [one, other] = [before, after].map((options) => ({
        amount: perCommand(options.reading, block, unit),
        usd: usdPerMillion(options, block, unit),
      }));
      if (one === undefined || other === undefined || (one.amount === 0 && other.amount === 0)) return [];
      return [
        {
          block,
          unit,
          before: one.amount,
          after: other.amount,
          usdBefore: one.usd,
          usdAfter: other.usd,
        },
      ];
    }),
  );
}

const perCommand = ({ uses, commands }: MeterReading, block: Block, unit: Unit): number =>
  uses
    .filter((use) => use.block === block && use.unit === unit)
    .reduce((total, { amount }) => total + amount, 0) / commands;

function usdPerMillion({ prices, freeTier, ...options }: EstimateOptions, block: Block, unit: Unit): number {
  const month = monthly(options);
  const metered = bill(month.uses, prices, freeTier).filter(
    (line) =>
      line.block === block && line.key === unit && !options.shape.fixed.some((use) => isSame(use, line)),
  );
  return (metered.reduce((total, line) => total + line.usd, 0) / month.commands) * 1e6;
}

const isSame = (
  a: { key: string; resource: string; block?: string },
  b: { key: string; resource: string; block?: string },
): boolean => a.key === b.key && a.resource === b.resource && a.block === b.block;

export function compareText(differences: readonly Difference[]): string {
  const rows = differences.map(({ block, unit, before, after, usdBefore, usdAfter }) => [
    block,
    unit,
    amount(before),
    amount(after),
    usd(usdBefore),
    usd(usdAfter),
    Math.abs(usdAfter - usdBefore) < 0.005 ? '' : signed(usdAfter - usdBefore),
  ]);
  const total = (side: 'usdBefore' | 'usdAfter') =>
    differences.reduce((all, difference) => all + difference[side], 0);
  const change = total('usdAfter') - total('usdBefore');
  return [
    'Per command, and in USD per million commands; without what the stage and its door cost',
    '',
    ...inColumns([
      ['BLOCK', 'UNIT', 'BEFORE', 'AFTER', 'USD BEFORE', 'USD AFTER', 'CHANGE'],
      ...rows,
      ['total', '', '', '', usd(total('usdBefore')), usd(total('usdAfter')), signed(change)],
    ]),
  ].join('\n');
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${usd(Math.abs(value))}`;

/** Four digits that say something: bytes have thousands, traces hundredths. */
const amount = (value: number): string => String(Number(value.toPrecision(4)));
