import type * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { EVENT_STATUS_WORDS, Status } from '../../functions/event/lifecycle.ts';
import {
  EVENT_POSITION_PATH,
  EVENT_STATUS_PATH,
  HISTORY_PATH,
} from '../../functions/event-creation/paths.ts';
import { HistoryPage } from '../../functions/persistence/vehicle-history.ts';
import { details, EventPosition, EventStatus } from '../answers.ts';
import { at, EVENT_ID } from '../samples.ts';
import { correlated, HISTORY_ERRORS, POSITION_ERRORS, STATUS_ERRORS } from './errors.ts';
import { before, eventId, observersPosition, parametersIn, SENT_BY_APPS } from './parameters.ts';

export const FOLLOWING_TAG = 'Following';

const answered = (description: string, schema: z.ZodType, examples: Readonly<Record<string, unknown>>) => ({
  description,
  headers: correlated,
  content: {
    'application/json': {
      schema,
      examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
    },
  },
});

const statusOf = (status: Status): EventStatus => ({
  eventStatus: EVENT_STATUS_WORDS[status],
  ...(status === 'FAILED' ? { errorDetails: details('VEHICLE_DID_NOT_ANSWER') } : {}),
});

const POSITION: EventPosition = {
  positionData: {
    status: 'OK',
    position: {
      latitude: 48.177024,
      longitude: 11.559107,
      formattedAddress: '48.177024, 11.559107',
      heading: 290,
    },
  },
  errorDetails: null,
};

const HISTORY: HistoryPage = {
  items: [
    {
      eventId: EVENT_ID,
      serviceType: 'horn-blow',
      status: 'FAILED',
      statusReason: 'VEHICLE_REJECTED',
      source: 'incoming-vehicle-communication',
      time: at(3),
      ignored: false,
    },
    {
      eventId: EVENT_ID,
      serviceType: 'horn-blow',
      status: 'PENDING',
      statusReason: null,
      source: 'event-creation',
      time: at(0.4),
      ignored: false,
    },
  ],
  before: null,
};

/** What became of commands. */
export const following = (): ZodOpenApiPathsObject => ({
  [EVENT_STATUS_PATH]: {
    post: {
      operationId: 'eventStatus',
      tags: [FOLLOWING_TAG],
      summary: 'How a command is getting on',
      description:
        'For whoever requested the command. Apps poll it every 3.5 s, until `EXECUTED` or `ERROR`.',
      parameters: [eventId, ...SENT_BY_APPS],
      responses: {
        '200': answered(
          'The status now.',
          EventStatus,
          Object.fromEntries(Status.options.map((status) => [EVENT_STATUS_WORDS[status], statusOf(status)])),
        ),
        ...STATUS_ERRORS,
      },
    },
  },
  [EVENT_POSITION_PATH]: {
    post: {
      operationId: 'eventPosition',
      tags: [FOLLOWING_TAG],
      summary: 'Where the vehicle finder found the vehicle',
      description:
        'For whoever requested the command, once it is `EXECUTED`, and only for some minutes. No geocoder stands behind this: the address is the position in numbers.',
      parameters: [eventId, ...observersPosition, ...SENT_BY_APPS],
      responses: {
        '200': answered('The position.', EventPosition, { found: POSITION }),
        ...POSITION_ERRORS,
      },
    },
  },
  [HISTORY_PATH]: {
    get: {
      operationId: 'remote-history',
      tags: [FOLLOWING_TAG],
      summary: 'What became of a vehicle’s commands',
      description:
        'For the owner: every status change of the commands that they requested and that were accepted, newest first. What came after a command’s end is `ignored`: it changed nothing.',
      parameters: [...parametersIn(HISTORY_PATH), before, ...SENT_BY_APPS],
      responses: {
        '200': answered('A page; `before` leads to the next, and is null on the last.', HistoryPage, {
          page: HISTORY,
        }),
        ...HISTORY_ERRORS,
      },
    },
  },
});
