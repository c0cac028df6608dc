import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ORDERS_VARIABLE, PHASES_FILE } from './artillery.ts';

interface Events {
  on(event: 'phaseStarted', listener: (phase: { readonly index: number }) => void): void;
}

/** A reporter in Artillery's main thread, which alone is told when phases begin. */
export default function phaseReporter(events: Events): Record<string, never> {
  const file = join(dirname(process.env[ORDERS_VARIABLE] ?? ''), PHASES_FILE);
  events.on('phaseStarted', ({ index }) => {
    appendFileSync(file, `${JSON.stringify({ phase: index, at: Date.now() })}\n`);
  });
  return {};
}
