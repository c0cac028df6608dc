/** Numbers for people. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ONE_DECIMAL = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const whole = (number: number): string => WHOLE.format(number);

/** A rate or a share: a decimal where there are few. */
export const decimal = (number: number): string => (number < 100 ? ONE_DECIMAL : WHOLE).format(number);

/** `4.2 ms`, `1,234 ms`, `12.3 s`. */
export function milliseconds(number: number): string {
  if (number >= 10_000) return `${ONE_DECIMAL.format(number / 1000)} s`;
  return `${(number < 10 ? ONE_DECIMAL : WHOLE).format(number)} ms`;
}

export const MB = 1024 * 1024;

/** `512 MB`, `1.5 GB`. */
export const bytes = (number: number): string =>
  number >= 1024 * MB ? `${ONE_DECIMAL.format(number / MB / 1024)} GB` : `${WHOLE.format(number / MB)} MB`;

/** `30 s`, `1:30 min`, `10 min`, `2 h`, `2 h 55 min`. */
export function duration(seconds: number): string {
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3600) {
    const rest = rounded % 60;
    return `${Math.floor(rounded / 60)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`} min`;
  }
  // Seconds do not matter in hours.
  const minutes = Math.round(rounded / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
}

export const clock = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

export const secondsBetween = (from: string, to: string): number =>
  (Date.parse(to) - Date.parse(from)) / 1000;

export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Counts by name, the largest first; without those of 0. */
export const descending = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([, one], [, other]) => other - one);
