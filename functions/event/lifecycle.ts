import * as z from 'zod';

/**
 * The lifecycle of a command:
 *
 *     CREATED → PENDING → RUNNING → EXECUTED
 *        └─────────┴─────────┴────→ FAILED(reason)
 *
 * Messages arrive at least once and in any order, so a status is not followed step by step: a status only
 * replaces one of a lower rank. EXECUTED and FAILED share the highest rank, so the first of them stays.
 */
const RANKS = { CREATED: 0, PENDING: 1, RUNNING: 2, EXECUTED: 3, FAILED: 3 } as const;

export const Status = z.enum(['CREATED', 'PENDING', 'RUNNING', 'EXECUTED', 'FAILED']);
export type Status = z.infer<typeof Status>;

export type FinalStatus = 'EXECUTED' | 'FAILED';
export type NonFinalStatus = Exclude<Status, FinalStatus>;

/** Position in the lifecycle; a current state is only replaced by a status of a higher rank. */
export const rankOf = (status: Status): number => RANKS[status];

export const isFinal = (status: Status): status is FinalStatus =>
  status === 'EXECUTED' || status === 'FAILED';

/** The words of the app's interface; `ERROR` carries the reason. An app polls on at PENDING and DELIVERED. */
export const EVENT_STATUS_WORDS: Readonly<Record<Status, string>> = {
  CREATED: 'PENDING',
  PENDING: 'PENDING',
  RUNNING: 'DELIVERED',
  EXECUTED: 'EXECUTED',
  FAILED: 'ERROR',
};

/** Why a command FAILED, in the words an app may rely on. */
export const StatusReason = z.enum([
  /** The request does not fit the remote service. */
  'INVALID_REQUEST',
  /** No vehicle of this user has this VIN. */
  'VEHICLE_UNKNOWN',
  /** The vehicle lacks what the remote service needs. */
  'SERVICE_NOT_SUPPORTED',
  /** The correlation id has been used for another request. */
  'CORRELATION_ID_REUSED',
  /** Another command of this vehicle is in flight. */
  'VEHICLE_BUSY',
  /** The backend could not take the command to its end; nothing was sent. */
  'SERVICE_UNAVAILABLE',
  /** The command was not handed to the broker in time; it was dropped. */
  'COMMAND_EXPIRED',
  /** The vehicle sleeps, and could not be woken in time; the command was dropped. */
  'VEHICLE_UNREACHABLE',
  /** The broker refuses the message for good. */
  'COMMAND_UNDELIVERABLE',
  /** CREATED for too long: the command was never sent. */
  'COMMAND_NOT_SENT',
  /** PENDING for too long. */
  'VEHICLE_DID_NOT_ANSWER',
  /** RUNNING for too long. */
  'VEHICLE_DID_NOT_FINISH',
  /** The vehicle answered that it will not do it. */
  'VEHICLE_REJECTED',
]);
export type StatusReason = z.infer<typeof StatusReason>;

/** The reason of a command that stayed in a status for longer than expected. */
export const TIMEOUT_REASONS: Readonly<Record<NonFinalStatus, StatusReason>> = {
  CREATED: 'COMMAND_NOT_SENT',
  PENDING: 'VEHICLE_DID_NOT_ANSWER',
  RUNNING: 'VEHICLE_DID_NOT_FINISH',
};
