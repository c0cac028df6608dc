import { Logger } from '@aws-lambda-powertools/logger';

/**
 * One structured logger per function. Level and service name come from the environment (POWERTOOLS_*).
 * VINs are personal data and are not logged; `eventId` and `correlationId` lead to them.
 */
export const logger = new Logger();
