import { mutantsOf } from './definition.ts';
import { type Run, type Scenario, workflow } from './workflow.ts';

/** The way of a run: its states, what they called, and how it ended. */
const wayOf = (run: Run): string => JSON.stringify(run);

/**
 * Runs the scenarios on definitions that each have one transition lost or leading elsewhere.
 * @returns those that nobody would notice: they compile, and all scenarios go the same way
 */
export async function survivorsOf(definition: string, scenarios: readonly Scenario[]): Promise<string[]> {
  const originals = await Promise.all(scenarios.map(workflow(definition)));
  const survivors: string[] = [];
  for (const mutant of mutantsOf(definition)) {
    const passing = scenarios.flatMap((scenario, index) => {
      const original = originals[index];
      return original?.states.includes(mutant.state) ? [{ scenario, expected: wayOf(original) }] : [];
    });
    if (await survives(mutant.definition, passing)) survivors.push(mutant.name);
  }
  return survivors;
}

async function survives(
  definition: string,
  ways: readonly { scenario: Scenario; expected: string }[],
): Promise<boolean> {
  try {
    const run = workflow(definition);
    for (const { scenario, expected } of ways) {
      if (wayOf(await run(scenario)) !== expected) return false;
    }
    return true;
  } catch {
    // It does not compile, calls what no scenario answers, or never ends.
    return false;
  }
}
