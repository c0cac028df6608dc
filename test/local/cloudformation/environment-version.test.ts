import { expect, it } from 'vitest';
import { environmentVersion } from '../../../local/cloudformation/environment-version.ts';
import { emptyFolder, type Stacks, writeAssembly } from '../assembly-folder.ts';

const workflow = (DefinitionString: string) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: { DefinitionString, DefinitionSubstitutions: { table: 'any' } },
});
const STACK = { functions: { Send: 'send', Check: 'check' }, others: { Flow: workflow('{}') } };

function versions(stacks: Stacks): string[] {
  const assembly = emptyFolder();
  writeAssembly(assembly, stacks);
  return Object.keys(stacks).map((name) => environmentVersion(assembly, name));
}

it('is the same for both environments, and in any order', () => {
  const turned = { functions: { Check: 'check', Send: 'send' }, others: STACK.others };
  const [blue, green] = versions({ 'x-blue': STACK, 'x-green': turned });
  expect(blue).toMatch(/^[0-9a-f]{12}$/);
  expect(green).toBe(blue);
});

it('differs with code, with a workflow, and with what there is', () => {
  const found = versions({
    a: STACK,
    b: { ...STACK, functions: { ...STACK.functions, Send: 'other' } },
    c: { ...STACK, functions: { Send: 'check', Check: 'send' } },
    d: { ...STACK, others: { Flow: workflow('{"Comment":"other"}') } },
    e: { ...STACK, functions: { Send: 'send' } },
  });
  expect(new Set(found).size).toBe(5);
});

it('does not differ with anything else', () => {
  const [one, other] = versions({
    a: STACK,
    b: { ...STACK, others: { ...STACK.others, Queue: { Type: 'AWS::SQS::Queue' } } },
  });
  expect(other).toBe(one);
});

it('of a stack that is not there is an error', () => {
  const assembly = emptyFolder();
  writeAssembly(assembly, { a: STACK });
  expect(() => environmentVersion(assembly, 'b')).toThrow(/no stack b/);
});
