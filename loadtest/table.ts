import { inColumns } from '../bin/columns.ts';
import type { LoadTestResult } from './result.ts';

/** Examples of commands with something wrong, that a terminal shows; the report has more. */
const SHOWN = 5;

/** The outcome of a load test for a terminal. */
export function table({
  phases,
  total,
  reconciliation,
  thresholds,
  differences,
  passed,
}: LoadTestResult): string {
  const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 0 });
  const rows = [...phases, { name: 'all', outcome: total }].map(({ name, outcome }) => {
    const { latency } = outcome.endToEnd ?? {};
    const errors = Object.values(outcome.errors).reduce((sum, count) => sum + count, 0);
    return [
      name,
      number(outcome.sent),
      number(outcome.accepted),
      number(outcome.polls),
      number(errors),
      ...[latency?.p50Ms, latency?.p99Ms, latency?.maxMs].map((ms) =>
        ms === undefined ? '' : `${number(ms)} ms`,
      ),
      ...[outcome.trigger, outcome.poll].map((found) =>
        found === undefined ? '' : `${number(found.latency.p99Ms)} ms`,
      ),
    ];
  });
  const head = ['PHASE', 'SENT', 'ACCEPTED', 'POLLS', 'ERRORS', 'P50', 'P99', 'MAX', '202 P99', 'POLL P99'];
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${number(count)} ${name}`)
      .join(', ');
  const errors = Object.keys(total.errors).length === 0 ? [] : [`errors: ${list(total.errors)}`];
  const { examples = [] } = reconciliation ?? {};
  return [
    ...differences,
    ...inColumns([head, ...rows]),
    ...errors,
    '',
    ...(reconciliation === undefined
      ? ['what became of the commands could not be looked up']
      : [
          `${number(reconciliation.accepted)} accepted = ${list(reconciliation.ended) || 'nothing'}` +
            `${reconciliation.source === 'api' ? ', by the API alone' : ''}, in ${number(reconciliation.seconds)} s`,
        ]),
    ...examples.slice(0, SHOWN).map((example) => `  ${example}`),
    '',
    ...inColumns([
      ['THRESHOLD', 'LIMIT', 'ACTUAL', ''],
      ...thresholds.map(({ name, limit, actual, passed: holds }) => [name, limit, actual, holds ? '✓' : '✗']),
    ]),
    passed ? 'PASSED' : 'FAILED',
  ].join('\n');
}
