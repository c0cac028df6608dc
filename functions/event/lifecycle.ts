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

/** Why a command FAILED, in the words an app may rely on, and when it does. The interface's description says it so. */
export const STATUS_REASONS = {
  INVALID_REQUEST: 'The request does not fit the remote service.',
  VEHICLE_UNKNOWN: 'No vehicle of this user has this VIN.',
  SERVICE_NOT_SUPPORTED: 'The vehicle lacks what the remote service needs.',
  CORRELATION_ID_REUSED: 'The correlation id has been used for another request.',
  VEHICLE_BUSY: 'Another command of this vehicle is in flight.',
  SERVICE_UNAVAILABLE: 'The backend could not send the command, as far as it knows.',
  COMMAND_EXPIRED: 'The command was not handed to the broker in time; it was dropped.',
  VEHICLE_UNREACHABLE: 'The vehicle sleeps, and could not be woken in time; the command was dropped.',
  COMMAND_UNDELIVERABLE: 'The broker refuses the message for good.',
  COMMAND_NOT_SENT: 'CREATED for too long: the command was never sent.',
  VEHICLE_DID_NOT_ANSWER: 'PENDING for too long: the vehicle did not answer.',
  VEHICLE_DID_NOT_FINISH: 'RUNNING for too long: the vehicle took the command, and did not say how it ended.',
  VEHICLE_REJECTED: 'The vehicle answered that it will not do it.',
} as const;
export type StatusReason = keyof typeof STATUS_REASONS;
export const StatusReason = z.enum(Object.keys(STATUS_REASONS) as StatusReason[]);

/** The reason of a command that stayed in a status for longer than expected. */
export const TIMEOUT_REASONS: Readonly<Record<NonFinalStatus, StatusReason>> = {
  CREATED: 'COMMAND_NOT_SENT',
  PENDING: 'VEHICLE_DID_NOT_ANSWER',
  RUNNING: 'VEHICLE_DID_NOT_FINISH',
};
