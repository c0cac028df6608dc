const MONEY = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `1,234.56` */
export const usd = (value: number): string => MONEY.format(value);

/** `1,235` */
export const whole = (value: number): string => WHOLE.format(value);

/** A rate of which small values matter: `0.4`, `12`, `4,630`. */
export const rate = (value: number): string => (value < 10 ? value.toFixed(1) : WHOLE.format(value));

/** `+2.3 %` of 0.023. */
export const change = (value: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(1)} %`;

export const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
