import type { Line, Use } from '../bill.ts';
import type { Monthly } from '../monthly.ts';
import type { StageShape } from '../stage-shape.ts';

/** What this system needs in a month, for others to be held against. */
export interface Ours {
  readonly monthly: Monthly;
  readonly lines: readonly Line[];
  readonly shape: StageShape;
}

/** Another architecture for the same service, at the same volumes and prices. */
export interface Alternative {
  readonly name: string;
  /** One sentence. */
  readonly what: string;
  /** What a month of it uses. */
  readonly uses: (ours: Ours) => Use[];
  /** In sentences, with the numbers in them. */
  readonly assumptions: (ours: Ours) => string[];
}

/** What some uses of a month add up to. */
export function amountOf({ uses }: Monthly, matches: (use: Use) => boolean): number {
  return uses.filter(matches).reduce((total, { amount }) => total + amount, 0);
}

/** Bytes of the access log for one API call, as this system writes it. */
export const accessLogBytes = ({ monthly }: Ours): number =>
  monthly.polls === 0
    ? 280
    : amountOf(monthly, ({ key, block }) => key === 'logs:bytes' && block === 'status-polls') / monthly.polls;

/** What all of them have: the firewall, and answers that leave to apps. */
export const sameForAll = ({ monthly }: Ours): Use[] =>
  monthly.uses.filter(({ key }) => key.startsWith('waf:') || key === 'data-transfer:bytes');

/** X-Ray's default rule, for much traffic: 5 % of what begins. */
export const TRACED = 0.05;
