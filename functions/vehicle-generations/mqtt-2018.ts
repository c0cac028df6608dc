import * as z from 'zod';
import { JsonText } from './json-text.ts';
import { type VehicleGeneration, WAKE_UP_BY_SMS } from './vehicle-generation.ts';
import { VehicleAnswer, VehicleCommand, VehicleReport } from './vehicle-message.ts';

const version = z.literal(1);

/** Payload version 1: the words of the backend itself. */
export const mqtt2018: VehicleGeneration = {
  name: 'mqtt-2018',
  wakeUp: WAKE_UP_BY_SMS,
  commandTopic: (vin) => `vehicles/${vin}/commands`,
  answerTopic: (vin) => `vehicles/${vin}/answers`,
  reportTopic: (vin) => `vehicles/${vin}/reports`,
  command: JsonText.pipe(
    z.codec(VehicleCommand.extend({ version }), VehicleCommand, {
      decode: ({ version: _, ...command }) => command,
      encode: (command) => ({ version: 1 as const, ...command }),
    }),
  ),
  answer: JsonText.pipe(
    z.codec(VehicleAnswer.extend({ version }), VehicleAnswer, {
      decode: ({ version: _, ...answer }) => answer,
      encode: (answer) => ({ version: 1 as const, ...answer }),
    }),
  ),
  report: JsonText.pipe(
    z.codec(VehicleReport.extend({ version }), VehicleReport, {
      decode: ({ version: _, ...report }) => report,
      encode: (report) => ({ version: 1 as const, ...report }),
    }),
  ),
};
