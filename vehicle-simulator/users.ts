/** The people who may log in to a local stage. `demo` owns the whole demo fleet, `stranger` owns nothing. */
export const DEMO_USERS = ['demo', 'stranger'] as const;

/** Who acts unless somebody else is named. */
export const DEFAULT_USER = 'demo';
