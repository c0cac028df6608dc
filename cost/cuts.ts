import * as z from 'zod';
import { inColumns } from '../bin/columns.ts';
import data from './cuts.json' with { type: 'json' };
import { change, usd } from './numbers.ts';

const Figures = z.object({ before: z.number().positive(), after: z.number().positive() });
type Figures = z.infer<typeof Figures>;

/** What made a command cheaper: USD per million commands before and after, by the same prices. */
const Cut = z
  .object({
    /** What was done, in one sentence. */
    change: z.string(),
    /** Why no invariant is lost. */
    reason: z.string(),
    region: z.string(),
    date: z.iso.date(),
    usdPerMillionCommands: Figures,
    /** Without status polls and what the stage costs anyway. */
    withoutPolls: Figures,
  })
  .refine(({ usdPerMillionCommands: { before, after } }) => after < before, 'a cut makes it cheaper');
export const Cuts = z.object({
  /** How before and after were metered. */
  readings: z.string(),
  /** In the order in which they were made. */
  cuts: z.array(Cut),
});

/** The cuts that are on record in cost/cuts.json. */
export const recordedCuts = (): z.infer<typeof Cuts> => Cuts.parse(data);

export function cutsText({ readings, cuts }: z.infer<typeof Cuts>): string {
  if (cuts.length === 0) return 'No cut is on record yet (cost/cuts.json).';
  const rows = cuts.map(({ change: what, region, date, usdPerMillionCommands, withoutPolls }) => [
    date,
    region,
    ...beforeAndAfter(withoutPolls),
    ...beforeAndAfter(usdPerMillionCommands),
    what,
  ]);
  return [
    'USD per million commands, before and after: commands alone, and with their polls and what the stage costs anyway',
    '',
    ...inColumns([['DATE', 'REGION', 'ALONE', '', 'CHANGE', 'IN ALL', '', 'CHANGE', 'WHAT'], ...rows]),
    '',
    readings,
    '',
    ...cuts.map(({ change: what, reason }) => `${what}: ${reason}`),
  ].join('\n');
}

const beforeAndAfter = ({ before, after }: Figures): string[] => [
  usd(before),
  usd(after),
  change(after / before - 1),
];
