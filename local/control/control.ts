import * as z from 'zod';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import { answer } from './answer.ts';

/** Where a local stage describes itself to this project's own tools: no part of the app's interface. */
export const CONTROL_PATH = '/local-stage';

/** What a tool needs in order to reach into a local stage as it would into a deployed one. */
export const StageDescription = z.object({
  /** Values of the stacks' outputs, with URLs as they are on this machine. */
  outputs: z.record(z.string(), z.string()),
  /** Endpoints of AWS's services, by the variables of the SDK: `AWS_ENDPOINT_URL_SQS`. */
  endpoints: z.record(z.string(), z.string()),
  region: z.string(),
});
export type StageDescription = z.infer<typeof StageDescription>;

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
