import type { Outputs } from './cloudformation/deploy.ts';

/** An output of one of the stacks; `undefined` if there is none of that name. */
export const outputNamed = (outputs: Outputs, name: string): string | undefined =>
  [...outputs.values()].flatMap((stack) => stack.get(name) ?? [])[0];
