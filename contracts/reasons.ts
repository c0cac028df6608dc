import { STATUS_REASONS } from '../functions/event/lifecycle.ts';

/** Every reason and what it means, as a list in Markdown. */
export const REASONS_EXPLAINED = Object.entries(STATUS_REASONS)
  .map(([reason, meaning]) => `- \`${reason}\`: ${meaning}`)
  .join('\n');
