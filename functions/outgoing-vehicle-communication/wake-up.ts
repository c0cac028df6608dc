import * as z from 'zod';
import { type RemoteServiceEvent, Vin } from '../event/event.ts';
import type { WakeUp } from '../vehicle-generations/vehicle-generation.ts';
import { generationOf } from './broker-message.ts';

const CHANNELS = ['SMS', 'UDP'] as const satisfies readonly WakeUp['channel'][];

/**
 * What the broker API's wake-up takes. EMQX has none: it is our own extension of its contract, since whoever runs
 * the broker also holds the contract with the mobile network.
 */
export const WakeUpCall = z.object({
  clientid: Vin,
  /** What the vehicle's modem listens to. */
  channel: z.enum(CHANNELS),
  /** The command. A wake-up that is repeated with the same reference is not sent again. */
  reference: z.uuid(),
});
export type WakeUpCall = z.infer<typeof WakeUpCall>;

/** The wake-up for the command's vehicle. */
export const wakeUpCall = (event: RemoteServiceEvent): WakeUpCall => ({
  clientid: event.data.vin,
  channel: generationOf(event).wakeUp.channel,
  reference: event.data.eventId,
});
