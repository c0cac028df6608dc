import type { EventData } from '../../event/event.ts';
import type { StatusReason } from '../../event/lifecycle.ts';

/** 0 or 1 for each command that has ended. */
export const FAILURES_METRIC = 'Failures';

/**
 * Whether the backend may be to blame. A car that was silent may have answered, and the answer been lost: so silence
 * counts, and only many of them mean something.
 */
const BACKENDS_FAULT: Readonly<Record<StatusReason, boolean>> = {
  INVALID_REQUEST: false,
  VEHICLE_UNKNOWN: false,
  SERVICE_NOT_SUPPORTED: false,
  CORRELATION_ID_REUSED: false,
  VEHICLE_BUSY: false,
  SERVICE_UNAVAILABLE: true,
  COMMAND_EXPIRED: true,
  // The car slept, and was called.
  VEHICLE_UNREACHABLE: false,
  COMMAND_UNDELIVERABLE: true,
  COMMAND_NOT_SENT: true,
  VEHICLE_DID_NOT_ANSWER: true,
  VEHICLE_DID_NOT_FINISH: true,
  VEHICLE_REJECTED: false,
};

/** Whether a command that has ended FAILED for a reason that neither the user nor the vehicle is surely to blame for. */
export const isBackendsFault = ({
  status,
  statusReason,
}: Pick<EventData, 'status' | 'statusReason'>): boolean =>
  // Without a reason nobody can be sure.
  status === 'FAILED' && (statusReason === undefined || BACKENDS_FAULT[statusReason]);
