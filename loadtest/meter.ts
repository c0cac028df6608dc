import type { MeterReading } from '../local/metering/meter-reading.ts';

/** What was used between two readings of one meter. */
export function used(later: MeterReading, earlier: MeterReading): MeterReading {
  const key = ({ block, resource, unit }: MeterReading['uses'][number]) => `${block} ${resource} ${unit}`;
  const before = new Map(earlier.uses.map((use) => [key(use), use.amount]));
  return {
    ...later,
    from: earlier.to,
    commands: later.commands - earlier.commands,
    apiCalls: later.apiCalls - earlier.apiCalls,
    statusPolls: later.statusPolls - earlier.statusPolls,
    uses: later.uses
      .map((use) => ({ ...use, amount: use.amount - (before.get(key(use)) ?? 0) }))
      .filter(({ amount }) => amount > 0),
  };
}
