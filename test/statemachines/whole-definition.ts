import { expect, test } from 'vitest';
import { faultsOf, stateNames } from './definition.ts';
import { survivorsOf } from './mutation.ts';
import { type Scenario, workflow } from './workflow.ts';

/** What holds for a workflow as a whole: the scenarios go everywhere, and notice whatever is led elsewhere. */
export function testWholeDefinition(
  definition: string,
  scenariosByName: Readonly<Record<string, Scenario>>,
): void {
  const scenarios = Object.values(scenariosByName);

  test('every state is entered', async () => {
    const runs = await Promise.all(scenarios.map(workflow(definition)));
    const entered = new Set(runs.flatMap(({ states }) => states));
    expect(stateNames(definition).filter((state) => !entered.has(state))).toEqual([]);
  });

  test('no transition can be lost, or lead elsewhere, unnoticed', { timeout: 60_000 }, async () => {
    expect(await survivorsOf(definition, scenarios)).toEqual([]);
  });

  test('the definition is valid Amazon States Language', () => {
    expect(faultsOf(definition)).toEqual([]);
  });
}
