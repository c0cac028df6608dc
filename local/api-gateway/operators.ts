import { equals, print, typeName, type Value } from './java-values.ts';
import { TemplateError } from './template-error.ts';

/** Operators on two values, as Velocity 1.7 computes them. */
export const operators: Readonly<Record<string, (left: Value, right: Value) => Value>> = {
  '==': (left, right) => equals(left, right),
  '!=': (left, right) => !equals(left, right),
  '<': (left, right) => compare('<', left, right) < 0,
  '<=': (left, right) => compare('<=', left, right) <= 0,
  '>': (left, right) => compare('>', left, right) > 0,
  '>=': (left, right) => compare('>=', left, right) >= 0,
  '+': (left, right) =>
    typeof left === 'string' || typeof right === 'string'
      ? print(left) + print(right)
      : arithmetic('+', left, right),
  '-': (left, right) => arithmetic('-', left, right),
  '*': (left, right) => arithmetic('*', left, right),
  '/': (left, right) => arithmetic('/', left, right),
  '%': (left, right) => arithmetic('%', left, right),
};

function numbers(operator: string, left: Value, right: Value): [number, number] {
  if (typeof left === 'number' && typeof right === 'number') return [left, right];
  throw new TemplateError(`${typeName(left)} ${operator} ${typeName(right)}: both sides have to be numbers`);
}

function compare(operator: string, left: Value, right: Value): number {
  const [first, second] = numbers(operator, left, right);
  return first - second;
}

/** Whole numbers are Java's: division cuts off the fraction. */
function arithmetic(operator: string, left: Value, right: Value): number {
  const [first, second] = numbers(operator, left, right);
  if (second === 0 && (operator === '/' || operator === '%')) throw new TemplateError('division by zero');
  const whole = Number.isInteger(first) && Number.isInteger(second);
  const result =
    operator === '+'
      ? first + second
      : operator === '-'
        ? first - second
        : operator === '*'
          ? first * second
          : operator === '/'
            ? first / second
            : first % second;
  if (!whole) return result;
  const cut = Math.trunc(result);
  if (!Number.isSafeInteger(cut)) throw new TemplateError(`${first} ${operator} ${second} is too large`);
  return cut;
}
