import { createRequire } from 'node:module';
import type { Builder } from 'junit-report-builder';
import type { Outcome } from './run-cases.ts';
import { byScenario, wayOf } from './summary.ts';

/** Its types are those of an ES module with a default export; what Node loads is CommonJS. */
const junit: Builder = createRequire(import.meta.url)('junit-report-builder');

/** JUnit's XML, as CI servers read it: a suite for each scenario. Times are seconds; what is unfinished is skipped. */
export function junitReport(outcomes: readonly Outcome[]): string {
  const builder = junit.newBuilder();
  for (const [scenario, of] of byScenario(outcomes)) {
    const suite = builder.testSuite().name(scenario);
    for (const outcome of of) {
      const { id, vehicle } = outcome.case;
      const testCase = suite
        .testCase()
        .className(scenario)
        .name(id)
        .time(outcome.seconds ?? 0);
      if (outcome.result === 'UNFINISHED') testCase.skipped();
      if (outcome.result !== 'FAILED') continue;
      testCase.failure(outcome.faults.join('\n'));
      testCase.standardOutput(`${vehicle.vin}, event ${outcome.eventId ?? 'none'}: ${wayOf(outcome)}`);
    }
  }
  return builder.build();
}
