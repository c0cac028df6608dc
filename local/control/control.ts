import * as z from 'zod';
import { ENVIRONMENTS } from '../../lib/stages.ts';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import { answer } from './answer.ts';

/** Where a local stage describes itself to this project's own tools: no part of the app's interface. */
export const CONTROL_PATH = '/local-stage';

/** What a tool needs in order to reach into a local stage as it would into a deployed one. */
export const StageDescription = z.object({
  /** Its name. */
  stage: z.string(),
  environments: z.array(z.enum(ENVIRONMENTS)),
  /** Values of the stacks' outputs, with URLs as they are on this machine. */
  outputs: z.record(z.string(), z.string()),
  /** Endpoints of AWS's services, by the variables of the SDK: `AWS_ENDPOINT_URL_SQS`. */
  endpoints: z.record(z.string(), z.string()),
  region: z.string(),
});
export type StageDescription = z.infer<typeof StageDescription>;

const LOCAL_NAME = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

/**
 * Only for who calls this machine by its own name. Pages of other origins may not PUT or DELETE anyway; but one whose
 * own name leads here would be of the same origin.
 */
export const onlyLocally =
  (handler: BesideHandler): BesideHandler =>
  (message, response) => {
    const isControl = message.url?.startsWith(CONTROL_PATH) === true;
    if (!isControl || LOCAL_NAME.test(message.headers.host ?? '')) return handler(message, response);
    message.resume();
    answer(response, 403, { message: 'Call it 127.0.0.1 or localhost.' });
    return true;
  };

/** @param describe answers `undefined` while the stage still starts */
export function createControl(describe: () => StageDescription | undefined): BesideHandler {
  return (message, response) => {
    const path = message.url?.split('?')[0] ?? '';
    if (path !== CONTROL_PATH) return false;
    message.resume();
    const description = describe();
    if (message.method !== 'GET') answer(response, 405, { message: 'Use GET.' });
    else if (description === undefined) answer(response, 503, { message: 'The stage still starts.' });
    else answer(response, 200, description);
    return true;
  };
}
