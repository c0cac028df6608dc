import type { Json } from '../aws.ts';
import { StatesError } from './errors.ts';

/** AWS Developer Guide, «Service quotas»: the largest input or output of a task or an execution, in UTF-8. */
const LARGEST_PAYLOAD = 256 * 1024;

/** @throws StatesError States.DataLimitExceeded */
export function checkSize(payload: Json, what: string): void {
  const text = JSON.stringify(payload);
  // UTF-8 needs at most three bytes for a UTF-16 unit, so that short texts need no counting.
  if (text.length * 3 <= LARGEST_PAYLOAD || Buffer.byteLength(text) <= LARGEST_PAYLOAD) return;
  throw new StatesError('States.DataLimitExceeded', `${what} exceeds ${LARGEST_PAYLOAD} bytes.`);
}
