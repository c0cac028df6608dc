import * as z from 'zod';
import { fromEpochSeconds, toEpochSeconds } from './epoch-seconds.ts';
import { JsonText } from './json-text.ts';
import { type VehicleGeneration, WAKE_UP_BY_SMS } from './vehicle-generation.ts';
import { VehicleAnswer, VehicleCommand, VehicleReport } from './vehicle-message.ts';

const STATUS_CODES = { ACKNOWLEDGED: '1', EXECUTED: '2', IN_PROGRESS: '3', REJECTED: '9' } as const;
const STATES = { '1': 'ACKNOWLEDGED', '2': 'EXECUTED', '3': 'IN_PROGRESS', '9': 'REJECTED' } as const;

/** Form fields and their values. */
const FormText = z.codec(z.string(), z.record(z.string(), z.string()), {
  decode: (text) => Object.fromEntries(new URLSearchParams(text)),
  encode: (fields) => new URLSearchParams(fields).toString(),
});

const Parameters = VehicleCommand.shape.parameters;
const EpochSeconds = z.string().regex(/^\d{1,11}$/);

const CommandForm = z.object({
  cmd: VehicleCommand.shape.commandId,
  svc: VehicleCommand.shape.service,
  iat: EpochSeconds,
  exp: EpochSeconds,
  /** The parameters as JSON: forms know no structure. */
  par: JsonText.pipe(Parameters),
});

const AnswerForm = z.object({
  msg: VehicleAnswer.shape.messageId,
  cmd: VehicleAnswer.shape.commandId,
  svc: VehicleAnswer.shape.service,
  st: z.enum(['1', '2', '3', '9']),
  err: VehicleAnswer.shape.code,
  res: JsonText.pipe(Parameters).optional(),
});

const ReportForm = z.object({
  msg: VehicleReport.shape.messageId,
  rep: VehicleReport.shape.report,
  at: EpochSeconds,
  dat: JsonText.pipe(VehicleReport.shape.data),
});

/**
 * The protocol before MQTT: the vehicle fetches commands from its mailbox over HTTP and posts answers and reports,
 * all as forms. The mailbox is the broker's affair: a topic like any other to us.
 */
export const http2013: VehicleGeneration = {
  name: 'http-2013',
  wakeUp: WAKE_UP_BY_SMS,
  commandTopic: (vin) => `http/vehicles/${vin}/mailbox`,
  answerTopic: (vin) => `http/vehicles/${vin}/answers`,
  reportTopic: (vin) => `http/vehicles/${vin}/reports`,
  command: FormText.pipe(
    z.codec(CommandForm, VehicleCommand, {
      decode: ({ cmd, svc, iat, exp, par }) => ({
        commandId: cmd,
        service: svc,
        issuedAt: fromEpochSeconds(Number(iat)),
        expiresAt: fromEpochSeconds(Number(exp)),
        parameters: par,
      }),
      encode: ({ commandId, service, issuedAt, expiresAt, parameters }) => ({
        cmd: commandId,
        svc: service,
        iat: String(toEpochSeconds(issuedAt)),
        exp: String(toEpochSeconds(expiresAt)),
        par: parameters,
      }),
    }),
  ),
  answer: FormText.pipe(
    z.codec(AnswerForm, VehicleAnswer, {
      decode: ({ msg, cmd, svc, st, err, res }) => ({
        messageId: msg,
        commandId: cmd,
        service: svc,
        state: STATES[st],
        ...(err === undefined ? {} : { code: err }),
        ...(res === undefined ? {} : { result: res }),
      }),
      encode: ({ messageId, commandId, service, state, code, result }) => ({
        msg: messageId,
        cmd: commandId,
        svc: service,
        st: STATUS_CODES[state],
        ...(code === undefined ? {} : { err: code }),
        ...(result === undefined ? {} : { res: result }),
      }),
    }),
  ),
  report: FormText.pipe(
    z.codec(ReportForm, VehicleReport, {
      decode: ({ msg, rep, at, dat }) => ({
        messageId: msg,
        report: rep,
        occurredAt: fromEpochSeconds(Number(at)),
        data: dat,
      }),
      encode: ({ messageId, report, occurredAt, data }) => ({
        msg: messageId,
        rep: report,
        at: String(toEpochSeconds(occurredAt)),
        dat: data,
      }),
    }),
  ),
};
