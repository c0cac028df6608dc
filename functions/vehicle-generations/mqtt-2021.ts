import * as z from 'zod';
import { fromEpochSeconds, toEpochSeconds } from './epoch-seconds.ts';
import { JsonText } from './json-text.ts';
import { type VehicleGeneration, WAKE_UP_BY_UDP } from './vehicle-generation.ts';
import { VehicleAnswer, VehicleCommand, VehicleReport } from './vehicle-message.ts';

const PHASES = { ACKNOWLEDGED: 'ACK', IN_PROGRESS: 'BUSY', EXECUTED: 'DONE', REJECTED: 'REFUSED' } as const;
const STATES = { ACK: 'ACKNOWLEDGED', BUSY: 'IN_PROGRESS', DONE: 'EXECUTED', REFUSED: 'REJECTED' } as const;

/** Of eleven digits, as in `http-2013`: a number can be a time that no calendar has. */
const EpochSeconds = z.int().min(0).max(99_999_999_999);

const CommandPayload = z.object({
  v: z.literal(2),
  id: VehicleCommand.shape.commandId,
  svc: VehicleCommand.shape.service,
  iat: EpochSeconds,
  exp: EpochSeconds,
  args: VehicleCommand.shape.parameters,
});

const AnswerPayload = z.object({
  v: z.literal(2),
  id: VehicleAnswer.shape.messageId,
  /** The command that it answers. */
  re: VehicleAnswer.shape.commandId,
  svc: VehicleAnswer.shape.service,
  phase: z.enum(['ACK', 'BUSY', 'DONE', 'REFUSED']),
  err: z.object({ code: z.string().max(200) }).optional(),
  data: VehicleAnswer.shape.result,
});

const ReportPayload = z.object({
  v: z.literal(2),
  id: VehicleReport.shape.messageId,
  rep: VehicleReport.shape.report,
  at: EpochSeconds,
  data: VehicleReport.shape.data,
});

/** Payload version 2: shorter names, times in seconds since the epoch. */
export const mqtt2021: VehicleGeneration = {
  name: 'mqtt-2021',
  wakeUp: WAKE_UP_BY_UDP,
  commandTopic: (vin) => `v2/vehicles/${vin}/commands`,
  answerTopic: (vin) => `v2/vehicles/${vin}/answers`,
  reportTopic: (vin) => `v2/vehicles/${vin}/reports`,
  command: JsonText.pipe(
    z.codec(CommandPayload, VehicleCommand, {
      decode: ({ id, svc, iat, exp, args }) => ({
        commandId: id,
        service: svc,
        issuedAt: fromEpochSeconds(iat),
        expiresAt: fromEpochSeconds(exp),
        parameters: args,
      }),
      encode: ({ commandId, service, issuedAt, expiresAt, parameters }) => ({
        v: 2 as const,
        id: commandId,
        svc: service,
        iat: toEpochSeconds(issuedAt),
        exp: toEpochSeconds(expiresAt),
        args: parameters,
      }),
    }),
  ),
  answer: JsonText.pipe(
    z.codec(AnswerPayload, VehicleAnswer, {
      decode: ({ id, re, svc, phase, err, data }) => ({
        messageId: id,
        commandId: re,
        service: svc,
        state: STATES[phase],
        ...(err === undefined ? {} : { code: err.code }),
        ...(data === undefined ? {} : { result: data }),
      }),
      encode: ({ messageId, commandId, service, state, code, result }) => ({
        v: 2 as const,
        id: messageId,
        re: commandId,
        svc: service,
        phase: PHASES[state],
        ...(code === undefined ? {} : { err: { code } }),
        ...(result === undefined ? {} : { data: result }),
      }),
    }),
  ),
  report: JsonText.pipe(
    z.codec(ReportPayload, VehicleReport, {
      decode: ({ id, rep, at, data }) => ({
        messageId: id,
        report: rep,
        occurredAt: fromEpochSeconds(at),
        data,
      }),
      encode: ({ messageId, report, occurredAt, data }) => ({
        v: 2 as const,
        id: messageId,
        rep: report,
        at: toEpochSeconds(occurredAt),
        data,
      }),
    }),
  ),
};
