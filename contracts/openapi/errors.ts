import * as z from 'zod';
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { StatusReason } from '../../functions/event/lifecycle.ts';
import { NO_SUCH_VEHICLE } from '../../functions/event-creation/request.ts';
import { LARGEST_BODY } from '../../lib/event-creation/trigger-api.ts';
import { LIMIT_EXCEEDED, RETRY_AFTER_SECONDS, TRY_AGAIN } from '../../lib/mapping-templates.ts';
import { details, ErrorAnswer } from '../answers.ts';
import { at, CORRELATION_ID, EVENT_ID } from '../samples.ts';

/** Comes back with every answer but the firewall's. */
const correlationId = z
  .string()
  .optional()
  .meta({
    header: {
      id: 'x-correlation-id',
      description: 'The request’s; one that is drawn, if a trigger came without.',
      example: CORRELATION_ID,
    },
  });
export const correlated = z.object({ 'x-correlation-id': correlationId });

const retryAfter = z
  .string()
  .optional()
  .meta({
    header: {
      id: 'Retry-After',
      description: 'Seconds, as in the message.',
      example: String(RETRY_AFTER_SECONDS),
    },
  });

/** A response of its own among the components; examples are named by their reason, or else by the response, and numbered. */
const response = (
  id: string,
  description: string,
  examples: readonly ErrorAnswer[],
  headers: z.ZodObject = correlated,
): ZodOpenApiResponseObject => ({
  id,
  description,
  headers,
  content: {
    'application/json': {
      schema: ErrorAnswer,
      examples: Object.fromEntries(
        [...Map.groupBy(examples, ({ errorDetails }) => errorDetails?.errorDetails ?? id)].flatMap(
          ([name, values]) =>
            values.map((value, index) => [`${name}${index === 0 ? '' : index + 1}`, { value }]),
        ),
      ),
    },
  },
});

const plain = (statusCode: number, message: string): ErrorAnswer => ({ statusCode, message });
const refused = (
  statusCode: number,
  reason: StatusReason,
  message: string,
  isRetriable = false,
): ErrorAnswer => ({ statusCode, message, errorDetails: details(reason, isRetriable) });

const UNAVAILABLE = plain(503, 'The service is unavailable. Try again.');

/** What API Gateway or the firewall may answer to any request. */
const EVERYWHERE = {
  '401': response('NotLoggedIn', 'No token, or one that is not valid (any more): log in.', [
    plain(401, 'Log in: send a valid token as authorization: Bearer <token>.'),
  ]),
  '403': response('Forbidden', 'The app is not registered, or the firewall blocked the request.', [
    plain(403, 'The app that this token was issued to may not be used here.'),
    plain(403, 'The request was blocked.'),
  ]),
  '429': response(
    'TooManyRequests',
    'Too many requests, of this user, this app, or all together; or something needs a moment.',
    [
      plain(429, LIMIT_EXCEEDED),
      plain(429, 'Rate limit is exceeded. Try again in 60 seconds.'),
      plain(429, `Your token could not be checked. ${TRY_AGAIN}`),
      plain(429, `The service is unavailable. ${TRY_AGAIN}`),
    ],
    correlated.extend({ 'Retry-After': retryAfter }),
  ),
  '500': response('Failed', 'A fault of the service.', [plain(500, 'The service failed. Try again.')]),
} satisfies ZodOpenApiResponsesObject;

const TOO_LARGE = plain(413, 'The request body is too large.');
const UNSUPPORTED = response('NotJson', 'The body is of another type than JSON.', [
  plain(415, 'Send application/json.'),
]);

/** What any request may be answered that triggers no command. */
const ofReading = {
  ...EVERYWHERE,
  '413': response('TooLarge', 'The request is too large.', [TOO_LARGE]),
};

const MISSING = (name: string) => plain(400, `Missing required request parameters: [${name}]`);

export const STATUS_ERRORS: ZodOpenApiResponsesObject = {
  ...ofReading,
  '400': response('NoEventId', 'The event id is missing.', [MISSING('eventId')]),
  '404': response('NoSuchEvent', 'There is no such command of this user.', [
    plain(404, 'There is no such event.'),
  ]),
  '415': UNSUPPORTED,
};

export const POSITION_ERRORS: ZodOpenApiResponsesObject = {
  ...ofReading,
  '400': response('NoObserver', 'A parameter is missing, or a position is none.', [
    plain(400, 'The headers latitude and longitude must be the observer’s position in decimal degrees.'),
    MISSING('eventId'),
  ]),
  '404': response('NoSuchPosition', 'This command of this user has no position, or none any more.', [
    plain(404, 'There is no position of such an event.'),
  ]),
  '415': UNSUPPORTED,
};

export const HISTORY_ERRORS: ZodOpenApiResponsesObject = {
  ...ofReading,
  '400': response('BadRequest', 'The request is malformed.', [plain(400, 'Bad Request')]),
  '404': response('NotYourVehicle', 'No vehicle of this user has this VIN.', [plain(404, NO_SUCH_VEHICLE)]),
};

/** A refused command leaves nothing behind: the vehicle hears nothing of it, and is not busy. */
const refusedCommand = (id: string, description: string, ...examples: ErrorAnswer[]) =>
  response(id, description, examples);

export const TRIGGER_ERRORS: ZodOpenApiResponsesObject = {
  ...EVERYWHERE,
  '400': refusedCommand(
    'InvalidRequest',
    'A parameter is missing, the body does not fit its schema, or its fields do not fit each other.',
    refused(400, 'INVALID_REQUEST', 'A VIN has 17 capital letters and digits, without I, O and Q.'),
    MISSING('bmw-vin'),
    plain(400, 'Invalid request body: [object has missing required properties (["places"])]'),
  ),
  '404': refusedCommand(
    'VehicleUnknown',
    'No vehicle of this user has this VIN.',
    refused(404, 'VEHICLE_UNKNOWN', NO_SUCH_VEHICLE),
  ),
  '409': refusedCommand(
    'Conflict',
    'The vehicle is busy with another command, or the correlation id belongs to another request.',
    {
      ...refused(
        409,
        'VEHICLE_BUSY',
        `The vehicle is busy with horn-blow (event ${EVENT_ID}). Try again when it has ended.`,
        true,
      ),
      inFlight: { eventId: EVENT_ID, serviceType: 'horn-blow', creationTime: at(-5) },
    },
    refused(
      409,
      'CORRELATION_ID_REUSED',
      'This correlation id belongs to another request. Send a new one with each command, and the same only when you retry.',
    ),
  ),
  '413': refusedCommand(
    'BodyTooLarge',
    `The body has more than ${LARGEST_BODY} characters.`,
    refused(413, 'INVALID_REQUEST', TOO_LARGE.message),
    TOO_LARGE,
  ),
  '415': UNSUPPORTED,
  '422': refusedCommand(
    'ServiceNotSupported',
    'The vehicle cannot do this.',
    refused(422, 'SERVICE_NOT_SUPPORTED', 'This vehicle (iX3) does not support climate-start.'),
  ),
  '503': refusedCommand(
    'NotSent',
    'The command could not be sent. A retry may succeed; with the same correlation id it may be answered by the event of this attempt, which then has failed.',
    refused(503, 'SERVICE_UNAVAILABLE', 'The command could not be sent. Try again.', true),
    refused(
      503,
      'SERVICE_UNAVAILABLE',
      'The request could not be handled now; nothing was done. Try again.',
      true,
    ),
    UNAVAILABLE,
  ),
  '504': refusedCommand(
    'TooSlow',
    'It is not known what became of the request: send it again with the same correlation id.',
    plain(504, 'The service took too long. Try again.'),
  ),
};
