import { expect } from 'vitest';
import { deserialise } from '../../functions/traffic/deserialise/deserialise.ts';
import type { AnswerMessage, ReportMessage } from '../../functions/traffic/vehicle-message.ts';

/** Reads what must be an answer to a command; malformed messages throw as they do. */
export function readAnswer(body: string, receivedAt: number): AnswerMessage {
  const message = deserialise(body, receivedAt);
  return message.kind === 'answer' ? message : expect.unreachable('The vehicle answers nothing');
}

/** Reads what must be a report; malformed messages throw as they do. */
export function readReport(body: string, receivedAt: number): ReportMessage {
  const message = deserialise(body, receivedAt);
  return message.kind === 'report' ? message : expect.unreachable('The vehicle reports nothing');
}
