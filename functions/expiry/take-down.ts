/** A stack as CloudFormation describes it. */
export interface StackState {
  readonly status: string;
  /** Of its creation or newest update, in milliseconds since 1970. */
  readonly deployedAt: number;
  /** Why it is in this state, in CloudFormation's words. */
  readonly reason?: string | undefined;
}

export interface Stacks {
  /** Undefined if there is none of that name (any more). */
  readonly describe: (name: string) => Promise<StackState | undefined>;
  /** Begins to delete a stack. */
  readonly delete: (name: string) => Promise<void>;
  readonly pause: () => Promise<void>;
  /** Whether there is time for one more pause. */
  readonly hasTime: () => boolean;
}

/** A stack that is still there, and why. */
export interface Remaining {
  readonly name: string;
  readonly status: string;
  readonly reason: string | undefined;
}

/**
 * CloudFormation refuses to delete a stack while it changes it. One whose creation was broken off before its change set
 * ran is «in review», without resources, and stays so for ever.
 */
const isDeletable = (status: string): boolean =>
  status === 'REVIEW_IN_PROGRESS' || !status.endsWith('_IN_PROGRESS');

/**
 * Deletes stacks one after the other, each when the one before is gone. What could not be deleted an earlier time is
 * tried again: what kept it may be gone.
 * @param names in this order
 * @returns the one that is still there, because it cannot be deleted or time is over; undefined if all are gone
 */
export async function takeDown(names: readonly string[], stacks: Stacks): Promise<Remaining | undefined> {
  for (const name of names) {
    let asked = false;
    for (;;) {
      const state = await stacks.describe(name);
      if (state === undefined) break;
      const { status, reason } = state;
      if (asked && status === 'DELETE_FAILED') return { name, status, reason };
      if (!asked && isDeletable(status)) {
        await stacks.delete(name);
        asked = true;
      }
      if (!stacks.hasTime()) return { name, status, reason };
      await stacks.pause();
    }
  }
  return undefined;
}
