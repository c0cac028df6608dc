import { expect, test } from 'vitest';
import { compileMath } from '../../../local/cloudwatch/expression.ts';

const metrics: Readonly<Record<string, number>> = { a: 6, b: 3, zero: 0, m1: 20 };
const ids = new Set(['a', 'b', 'zero', 'm1', 'none']);

const value = (expression: string) => compileMath(expression, ids)((id) => metrics[id]);

test.each([
  ['a', 6],
  ['none', undefined],
  ['1.5', 1.5],
  ['a + b * 2', 12],
  ['(a + b) * 2', 18],
  ['a - b - 1', 2],
  ['a / b / 2', 1],
  ['-a + -1', -7],
  ['-(a + b)', -9],
  ['a + none', undefined],
  ['a / zero', undefined],
  ['zero / zero', undefined],
  ['a > b', 1],
  ['a < b', 0],
  ['a >= 6', 1],
  ['a <= 5.9', 0],
  ['a == 6', 1],
  ['a != 6', 0],
  ['a > none', undefined],
  ['(a > b) * 5', 5],
  ['a > 1 AND b > 1', 1],
  ['a > 1 && b > 5', 0],
  ['a > 9 OR b > 1', 1],
  ['a > 9 || zero', 0],
  ['FILL(a, 0)', 6],
  ['FILL(none, 0)', 0],
  ['FILL(none, 0) + FILL(a, 0)', 6],
  ['FILL(none, b)', 3],
  ['IF(a > b, 1, 2)', 1],
  ['IF(zero, 1, 2)', 2],
  ['IF(zero, 1)', undefined],
  ['IF(none, 1, 2)', undefined],
  ['IF(none > 0.01 * a, none, 0)', undefined],
  ['IF(a > 0.01 * none, a, 0)', undefined],
  ['IF(a >= 5, none / a, 0)', undefined],
  ['IF(a >= 5, b / a, 0)', 0.5],
  // What is not chosen may be missing.
  ['IF(zero >= 1, a / zero, 0)', 0],
  ['IF(FILL(m1, 0) >= 10, (a / m1) * 100, 0)', 30],
  ['IF(FILL(a, 0) > 0.01 * FILL(m1, 0), FILL(a, 0), 0)', 6],
])('%s = %s', (expression, expected) => {
  expect(value(expression)).toBe(expected);
});

test.each([
  ['other + 1', 'other'],
  ['RATE(a)', 'RATE'],
  ['FILL(a, REPEAT)', 'REPEAT'],
  ['MAX([a, b])', 'MAX'],
  ['a ^ 2', '^'],
  ['$a', '$'],
  ['a.b', '.'],
  ['SEARCH("x")', 'SEARCH'],
  ['a +', 'the syntax'],
  ['(a, b)', 'the syntax'],
  ['a b', 'the syntax'],
  ['FILL(a)', 'FILL with 1 arguments'],
  ['IF(a)', 'IF with 1 arguments'],
  ['FILL', 'FILL without arguments'],
  ['a(1)', 'a with 1 arguments'],
])('%s is refused', (expression, what) => {
  expect(() => compileMath(expression, ids)).toThrow(`does not know ${what}`);
});
