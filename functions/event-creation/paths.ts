import { REMOTE_COMMANDS } from '../remote-services/remote-service.ts';

/** Where an app follows its commands. Those that trigger them stand in the catalogue. */

export const EVENT_STATUS_PATH = '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
export const EVENT_POSITION_PATH = `${REMOTE_COMMANDS}/eventPosition`;
export const HISTORY_PATH = '/eadrax-vrccs/v3/presentation/remote-history/{vin}';
