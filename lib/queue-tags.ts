/** Tags by which tools find the queues of a stage: names of queues are CloudFormation's, and say little. */
export const QUEUE_TAGS = {
  /** Readable name of a queue, and of the one whose dead letters a queue holds: `EventProcessing/PersistenceQueue`. */
  queue: 'queue',
  /** On queues of dead letters only: how they came there. */
  deadLetters: 'dead-letters',
} as const;

/**
 * `received`: the consumer took a message and could not process it. `undelivered`: it never came into its queue,
 * because SNS could not deliver it.
 */
export const DEAD_LETTER_KINDS = ['received', 'undelivered'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];
