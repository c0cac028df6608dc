import { expect, test } from 'vitest';
import { compile, execute, flow, map, output, parallel, pass, task } from './support.ts';

test('an assignment is seen from the next state on', async () => {
  const states = {
    Set: pass({ Assign: { x: 5 }, Next: 'Change' }),
    Change: pass({ Assign: { x: 42, old: '{% $x %}' }, Output: '{% $x %}', Next: 'Read' }),
    Read: pass({ Output: { input: '{% $states.input %}', x: '{% $x %}', old: '{% $old %}' } }),
  };
  expect(await output(states)).toEqual({ input: 5, x: 42, old: 5 });
});

test('a task sees the old values in Arguments, Output and Assign', async () => {
  const states = {
    Set: pass({ Assign: { n: 1 }, Next: 'Count' }),
    Count: task({
      Arguments: '{% $n %}',
      Assign: { n: '{% $n + $states.result %}' },
      Output: '{% $n %}',
      Next: 'Read',
    }),
    Read: pass({ Output: { before: '{% $states.input %}', after: '{% $n %}' } }),
  };
  expect(await output(states, {}, async () => 10)).toEqual({ before: 1, after: 11 });
});

test('a name bound inside an expression assigns nothing', async () => {
  const states = {
    Set: pass({ Assign: { x: 1 }, Next: 'Bind' }),
    Bind: pass({ Output: '{% ($x := 2; $x) %}', Next: 'Read' }),
    Read: pass({ Output: ['{% $states.input %}', '{% $x %}'] }),
  };
  expect(await output(states)).toEqual([2, 1]);
});

// The example of the States Language, «Variable Scope».
test('inner flows read outer variables, and their own end with them', async () => {
  const states = {
    'Get Greeting': pass({ Assign: { outer: 'hello' }, Next: 'Greet Everyone' }),
    'Greet Everyone': map(
      flow({
        Begin: pass({ Assign: { inner: 'world', hi: '{% $outer %}' }, Next: 'End' }),
        End: { Type: 'Succeed', Output: '{% $hi %}' },
      }),
      { Items: [1, 2], Assign: { outer: 2 }, Next: 'Goodbye' },
    ),
    Goodbye: {
      Type: 'Succeed',
      Output: { greeted: '{% $states.input %}', outer: '{% $outer %}', leaked: '{% $exists($inner) %}' },
    },
  };
  expect(await output(states)).toEqual({ greeted: ['hello', 'hello'], outer: 2, leaked: false });
});

test('branches do not see the variables of each other', async () => {
  const branch = (name: string) =>
    flow({
      [name]: pass({ Assign: { mine: name }, Next: `${name} end` }),
      [`${name} end`]: pass({ Output: '{% $mine %}' }),
    });
  expect(await output({ Both: parallel([branch('A'), branch('B')]) })).toEqual(['A', 'B']);
});

test.each([
  ['Assign', pass({ Assign: { x: 1 } })],
  ['Choices/0/Assign', { Type: 'Choice', Choices: [{ Condition: true, Assign: { x: 1 }, Next: 'Other' }] }],
  ['Catch/0/Assign', task({ Catch: [{ ErrorEquals: ['States.ALL'], Assign: { x: 1 }, Next: 'Other' }] })],
])('an inner flow cannot assign an outer variable: %s', (field, inner) => {
  const states = {
    // Assigned after the branches: the scope has the name all the same.
    Fork: parallel([flow({ Inner: inner, Other: pass() })], { Assign: { x: 0 } }),
  };
  expect(() => compile(states)).toThrow(`State 'Inner', field '${field}/x': an outer flow has this variable`);
});

test('a variable without a value is an evaluation error', async () => {
  expect(await execute({ Only: pass({ Output: '{% $missing %}' }) })).toMatchObject({
    error: 'States.QueryEvaluationError',
  });
});
