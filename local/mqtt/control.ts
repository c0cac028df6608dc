import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { JsonText } from '../../functions/vehicle-generations/json-text.ts';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import { answer } from '../control/answer.ts';
import { CONTROL_PATH } from '../control/control.ts';
import type { Connections } from './connections.ts';
import type { Fleet } from './fleet.ts';

const PATH = new RegExp(`^${CONTROL_PATH}/vehicles/([^/]+)$`);

const Wanted = JsonText.pipe(z.strictObject({ connected: z.boolean() }));

export interface VehiclesControlOptions {
  readonly vins: ReadonlySet<string>;
  readonly fleet: Pick<Fleet, 'reach'>;
  readonly connections: Pick<Connections, 'stateOf'>;
}

/**
 * The vehicles of a local stage's broker: GET `/local-stage/vehicles/{vin}` answers `{connection}` (`online`, `asleep`,
 * `lost`; `null` if it never was), PUT takes `{connected}`, which cuts the vehicle off or lets it back, soon after.
 */
export function createVehiclesControl({ vins, fleet, connections }: VehiclesControlOptions): BesideHandler {
  const control = async (vin: string, message: IncomingMessage, response: ServerResponse) => {
    const body = await text(message);
    if (!vins.has(vin)) return answer(response, 404, { message: `There is no vehicle ${vin}.` });
    if (message.method === 'PUT') {
      const wanted = Wanted.safeParse(body);
      if (!wanted.success) return answer(response, 400, { message: 'Send {"connected": true} or false.' });
      fleet.reach(vin, wanted.data.connected);
      return answer(response, 202, {});
    }
    if (message.method !== 'GET') return answer(response, 405, { message: 'Use GET or PUT.' });
    answer(response, 200, { connection: connections.stateOf(vin) ?? null });
  };

  return (message, response) => {
    const vin = PATH.exec(message.url?.split('?')[0] ?? '')?.[1];
    if (vin === undefined) return false;
    control(vin, message, response).catch(() => response.destroy());
    return true;
  };
}
