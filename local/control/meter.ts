import type { BesideHandler } from '../api-gateway/http-server.ts';
import type { MeterReading } from '../metering/meter-reading.ts';
import { answer } from './answer.ts';
import { CONTROL_PATH } from './control.ts';

export const METER_PATH = `${CONTROL_PATH}/meter`;

/**
 * What AWS would bill of a local stage: GET `/local-stage/meter` answers a `MeterReading` from its start to now. What was
 * used in between is the difference of two.
 * @param read answers `undefined` while the stage still starts
 */
export function createMeterControl(read: () => Promise<MeterReading> | undefined): BesideHandler {
  return (message, response) => {
    if (message.url?.split('?')[0] !== METER_PATH) return false;
    message.resume();
    if (message.method !== 'GET') {
      answer(response, 405, { message: 'Use GET.' });
      return true;
    }
    const reading = read();
    if (reading === undefined) answer(response, 503, { message: 'The stage still starts.' });
    reading?.then(
      (body) => answer(response, 200, body),
      (error: unknown) => answer(response, 500, { message: String(error) }),
    );
    return true;
  };
}
