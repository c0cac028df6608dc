import { expect, test } from 'vitest';
import { STACKS, stackName } from '../../lib/stack-names.ts';

test('no stack of one stage has the name of another one’s, whatever the stages are called', () => {
  // The stage `dev-a-b` would have one for `c` that is called like the stage `dev-a`’s for `b-c`.
  const alike = STACKS.flatMap((stack) => STACKS.filter((other) => stack.endsWith(`-${other}`)));
  expect(alike).toEqual([]);
  expect(stackName('dev-alice', 'blue')).toBe('remote-services-dev-alice-blue');
});
