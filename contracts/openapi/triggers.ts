import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService, Trigger } from '../../functions/remote-services/remote-service.ts';
import { Accepted } from '../answers.ts';
import { at, EVENT_ID } from '../samples.ts';
import { correlated, TRIGGER_ERRORS } from './errors.ts';
import { bmwVin, parametersIn, SENT_BY_APPS } from './parameters.ts';

export const TRIGGER_TAG = 'Remote services';

/** The triggers of all remote services. Those that share a path are one operation. */
export function triggers(): ZodOpenApiPathsObject {
  const byPath = Map.groupBy(CATALOGUE, ({ trigger }) => trigger.path);
  return Object.fromEntries(
    [...byPath].map(([path, services]) => [path, { post: operation(path, services) }]),
  );
}

function operation(path: string, services: readonly RemoteService[]): ZodOpenApiOperationObject {
  const [first] = services;
  if (first === undefined) throw new Error(`No service has the path ${path}`);
  const { trigger, request } = first;
  return {
    operationId: services.length === 1 ? first.serviceType : (path.split('/').at(-1) ?? path),
    tags: [TRIGGER_TAG],
    summary: services.map(({ summary }) => summary).join(' / '),
    description: services.map(describe).join('\n\n'),
    parameters: [
      ...parametersIn(path),
      ...(trigger.vin === 'header' ? [bmwVin] : []),
      ...choice(trigger, services),
      ...SENT_BY_APPS,
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: request,
          examples: Object.fromEntries(
            services.map(({ serviceType, example }) => [serviceType, { value: example }]),
          ),
        },
      },
    },
    responses: { '202': ACCEPTED, ...TRIGGER_ERRORS },
  };
}

/** The query parameter that tells the services of a path apart, if there are several. */
function choice({ query }: Trigger, services: readonly RemoteService[]): z.ZodType[] {
  if (query === undefined) return [];
  const values = services.map(({ trigger }) => trigger.query?.value ?? '');
  const description = services.map(
    ({ trigger, serviceType }) => `\`${trigger.query?.value}\`: ${serviceType}`,
  );
  return [
    z.enum(values).meta({ param: { name: query.name, in: 'query', description: description.join(', ') } }),
  ];
}

/** What an app must know to wait for it. */
function describe({
  serviceType,
  summary,
  capability,
  deliverySeconds,
  longestExpectedSeconds,
}: RemoteService) {
  const { PENDING, RUNNING } = longestExpectedSeconds;
  return [
    `**${serviceType}**: ${summary}. The vehicle needs the capability \`${capability}\`.`,
    `It is reached within ${deliverySeconds} s, or not at all. The command fails if it is \`PENDING\` for ${PENDING} s,`,
    `or \`DELIVERED\` for ${RUNNING} s. The first two are longer by the wake-up of the vehicle’s generation.`,
  ].join(' ');
}

const ACCEPTED = {
  id: 'Accepted',
  description: 'The command is on its way. Follow it by its `eventId`.',
  headers: correlated,
  content: {
    'application/json': {
      schema: Accepted,
      examples: {
        accepted: { value: { creationTime: at(0), eventId: EVENT_ID } satisfies Accepted },
      },
    },
  },
  links: {
    eventStatus: {
      id: 'eventStatus',
      operationId: 'eventStatus',
      parameters: { eventId: '$response.body#/eventId' },
    },
  },
};
