import * as z from 'zod';
import { inColumns } from '../bin/columns.ts';
import data from './cuts.json' with { type: 'json' };
import { change } from './numbers.ts';

/** What made a command cheaper: USD per million commands before and after, by the same prices. */
const Cut = z
  .object({
    /** What was done, in one sentence. */
    change: z.string(),
    /** Why no invariant is lost. */
    reason: z.string(),
    region: z.string(),
    date: z.iso.date(),
    /** The readings' commits. */
    commits: z.object({ before: z.string(), after: z.string() }),
    usdPerMillionCommands: z.object({ before: z.number().positive(), after: z.number().positive() }),
    /** Without status polls and what the stage costs anyway. */
    withoutPolls: z.object({ before: z.number().positive(), after: z.number().positive() }).optional(),
  })
  .refine(({ usdPerMillionCommands: { before, after } }) => after < before, 'a cut makes it cheaper');
export const Cuts = z.object({ cuts: z.array(Cut) });

/** The cuts that are on record in cost/cuts.json. */
export const recordedCuts = (): z.infer<typeof Cuts> => Cuts.parse(data);

export function cutsText({ cuts }: z.infer<typeof Cuts>): string {
  if (cuts.length === 0) return 'No cut is on record yet (cost/cuts.json).';
  const rows = cuts.map(
    ({ change: what, region, date, commits, usdPerMillionCommands: { before, after } }) => [
      date,
      region,
      before.toFixed(2),
      after.toFixed(2),
      change(after / before - 1),
      `${commits.before} → ${commits.after}`,
      what,
    ],
  );
  return [
    'USD per million commands, before and after',
    '',
    ...inColumns([['DATE', 'REGION', 'BEFORE', 'AFTER', 'CHANGE', 'COMMITS', 'WHAT'], ...rows]),
    '',
    ...cuts.map(({ change: what, reason }) => `${what}: ${reason}`),
  ].join('\n');
}
