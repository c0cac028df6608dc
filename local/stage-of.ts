import { ENVIRONMENTS, type EnvironmentName } from '../lib/stages.ts';

/** Of stacks `remote-services-<stage>-<what>`: the stage, and its environments. @throws Error if there is no environment */
export function stageOf(stackNames: Iterable<string>): { stage: string; environments: EnvironmentName[] } {
  const names = [...stackNames];
  const environments = ENVIRONMENTS.filter((environment) =>
    names.some((name) => name.endsWith(`-${environment}`)),
  );
  const first = names.find((name) => name.endsWith(`-${environments[0]}`));
  if (first === undefined) throw new Error(`None of the stacks ${names.join(', ')} is an environment`);
  return { stage: first.replace(/^remote-services-/, '').replace(/-\w+$/, ''), environments };
}
