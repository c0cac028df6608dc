import type { WakeUpCall } from '../../../functions/outgoing-vehicle-communication/wake-up.ts';
import { brokerMessageTo, EVENT_ID, VIN } from '../../factories.ts';

export const message = brokerMessageTo({});
export const call: WakeUpCall = { clientid: VIN, channel: 'UDP', reference: EVENT_ID };
