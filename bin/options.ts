import { InvalidArgumentError } from 'commander';

/** Values of options on the command line. Each throws what commander tells the user in one line. */

export function numberAboveZero(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('it must be a number above 0');
  return number;
}

export function oneOrMore(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('it must be 1 or more');
  return number;
}
