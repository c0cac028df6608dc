import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import { readFaults } from '../faults/fault.ts';
import type { Faults } from '../faults/faults.ts';
import { answer } from './answer.ts';
import { CONTROL_PATH } from './control.ts';

export const FAULTS_PATH = `${CONTROL_PATH}/faults`;

/**
 * What goes wrong on a local stage: GET answers `{seed, faults}`, each fault with its number of `hits`; PUT
 * takes a `FaultSet` in place of all faults, DELETE ends them; both answer as GET does.
 */
export function createFaultsControl(faults: Faults): BesideHandler {
  const control = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (message.method === 'PUT') {
      if (message.headers['content-type']?.split(';')[0]?.trim() !== 'application/json') {
        message.resume();
        return answer(response, 415, { message: 'Use content-type application/json.' });
      }
      try {
        faults.set(readFaults(JSON.parse(await text(message))));
      } catch (error) {
        return answer(response, 400, { message: (error as Error).message });
      }
    } else {
      message.resume();
      if (message.method === 'DELETE') faults.clear();
      else if (message.method !== 'GET') return answer(response, 405, { message: 'Use GET, PUT or DELETE.' });
    }
    answer(response, 200, faults.list());
  };

  return (message, response) => {
    if (message.url?.split('?')[0] !== FAULTS_PATH) return false;
    void control(message, response);
    return true;
  };
}
