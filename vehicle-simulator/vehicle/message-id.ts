import { createHash } from 'node:crypto';

/** A UUID of version 8 (RFC 9562: made by a rule of one's own) that is always the same for the same text. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * The id of a message that a simulated vehicle sends: made, not drawn, so that a vehicle which handles a command
 * again (after a restart, or because it came twice) repeats its messages, and a test knows a report's id.
 * @param commandId the command's id, as in `eventId`
 * @param step position in the behaviour's steps, from 0
 */
export const messageIdOf = (commandId: string, step: number): string => uuidOf(`${commandId}/${step}`);

/** The id of a command that nobody sent, always the same for a command. */
export const unknownCommandOf = (commandId: string): string => uuidOf(`${commandId}/unknown`);
