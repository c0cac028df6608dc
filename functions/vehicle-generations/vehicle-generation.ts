import type * as z from 'zod';
import type { VehicleAnswer, VehicleCommand, VehicleReport } from './vehicle-message.ts';

/**
 * A generation of vehicles: how it is reached and what it speaks. A car stays connected for decades, so
 * generations are added and none is switched off.
 */
export interface VehicleGeneration {
  /** The protocol, and the year in which this way came up. */
  readonly name: string;
  readonly wakeUp: WakeUp;
  /** Where the broker API places commands. */
  commandTopic(vin: string): string;
  /** Where the vehicle's answers come from. */
  answerTopic(vin: string): string;
  /** Where what the vehicle tells on its own comes from. */
  reportTopic(vin: string): string;
  /** The payload of a command, as text; encoded by the backend, decoded by simulated vehicles. */
  readonly command: z.ZodType<VehicleCommand, string>;
  /** The payload of an answer, as text; decoded by the backend, encoded by simulated vehicles. */
  readonly answer: z.ZodType<VehicleAnswer, string>;
  /** The payload of a report, as text; decoded by the backend, encoded by simulated vehicles. */
  readonly report: z.ZodType<VehicleReport, string>;
}

/** How a sleeping vehicle of the generation is woken. */
export interface WakeUp {
  readonly channel: 'SMS' | 'UDP';
  /** From the wake-up call until the vehicle listens. The app waits for so much longer. */
  readonly longestExpectedSeconds: number;
}

/** A text message, since the always-on modems of 2009: networks deliver most within 20 s, then the car starts up. */
export const WAKE_UP_BY_SMS: WakeUp = { channel: 'SMS', longestExpectedSeconds: 45 };

/** A UDP/IP packet over the data connection that the modem keeps, since 2021: only the start-up takes time. */
export const WAKE_UP_BY_UDP: WakeUp = { channel: 'UDP', longestExpectedSeconds: 15 };
