import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { withAudience } from './audience.ts';

/** Logs nothing: the event holds attributes of the user. */
export const handler = async (
  event: PreTokenGenerationV2TriggerEvent,
): Promise<PreTokenGenerationV2TriggerEvent> => withAudience(event);
