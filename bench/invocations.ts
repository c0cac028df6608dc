import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import type { RemoteServiceEvent } from '../functions/event/event.ts';
import type { Status } from '../functions/event/lifecycle.ts';
import { vehicleGeneration } from '../functions/vehicle-generations/generations.ts';

const VIN = 'WBA11AA0N00000001';
const COMMAND = '0b1c6f2e-5d1a-4c7e-9f63-1f0d8a6b7c01';
const MESSAGE = '7a3e9d54-2b8f-4e21-8c0a-6d5f4e3b2a10';
const MQTT_2021 = vehicleGeneration('mqtt-2021');

/** The command of a phone: it is still to be delivered, for the length of a benchmark and more. */
const eventOf = (status: Status): RemoteServiceEvent => ({
  specversion: '1.0',
  id: `benchmark.${status.toLowerCase()}`,
  source: 'benchmark',
  type: 'remote-vehicle-services.status-changed',
  subject: VIN,
  time: '2025-12-03T10:00:03.000Z',
  data: {
    eventId: COMMAND,
    vin: VIN,
    serviceType: 'horn-blow',
    status,
    environment: 'blue',
    requestedAt: '2025-12-03T10:00:00.000Z',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    correlationId: 'benchmark',
    brand: 'bmw',
    country: 'DE',
    generation: 'mqtt-2021',
    payload: {},
  },
});

/** A batch of one: the most that an invocation can cost a command. */
function batchOf(body: unknown): { Records: SQSRecord[] } {
  const now = String(Date.now());
  const record: SQSRecord = {
    messageId: MESSAGE,
    receiptHandle: MESSAGE,
    body: JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: now,
      SenderId: 'benchmark',
      ApproximateFirstReceiveTimestamp: now,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:benchmark',
    awsRegion: 'eu-central-1',
  };
  return { Records: [record] };
}

const request = {
  serviceType: 'horn-blow',
  requestedAt: Date.parse('2025-12-03T10:00:00.000Z'),
  body: {},
  vehicle: {
    model: 'iX3',
    brand: 'bmw',
    country: 'DE',
    generation: 'mqtt-2021',
    capabilities: ['horn-blow'],
  },
};

/**
 * What the functions on a command's way are invoked with, by handler. The others have no such event: their work is
 * a token's cryptography, or a look at CloudFormation once a day.
 */
export const EVENTS: Readonly<Record<string, unknown>> = {
  'functions/event-creation/enrich/handler.ts': request,
  'functions/event-creation/history/handler.ts': {
    headers: { 'x-correlation-id': 'benchmark' },
    pathParameters: { vin: VIN },
    queryStringParameters: null,
    requestContext: { authorizer: { principalId: 'demo' } },
  },
  'functions/event-creation/validate/handler.ts': request,
  'functions/event-processing/distribution/handler.ts': batchOf(eventOf('EXECUTED')),
  'functions/event-processing/lifecycle-watch/handler.ts': batchOf(eventOf('PENDING')),
  'functions/event-processing/persistence/handler.ts': batchOf(eventOf('EXECUTED')),
  'functions/outgoing-vehicle-communication/handler.ts': batchOf(eventOf('PENDING')),
  'functions/traffic/deserialise/handler.ts': batchOf({
    topic: MQTT_2021.answerTopic(VIN),
    payload: z.encode(MQTT_2021.answer, {
      messageId: MESSAGE,
      commandId: COMMAND,
      service: 'HORN_BLOW',
      state: 'EXECUTED',
    }),
  }),
};

/** The variables of all functions: each reads its own. @param url of the fakes */
export const variablesFor = (url: string): Record<string, string> => ({
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'benchmark',
  AWS_SESSION_TOKEN: 'benchmark',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_ENDPOINT_URL: url,
  POWERTOOLS_SERVICE_NAME: 'benchmark',
  API_KEY_PREFIX: 'benchmark',
  API_NAMES: 'benchmark',
  BROKER: `${url}/api/v5`,
  DEAD_LETTER_QUEUE_URL: `${url}/000000000000/dead-letters`,
  DELAY_QUEUE_URL: `${url}/000000000000/delay`,
  EVENTS_TABLE: 'events',
  EVENTS_TOPIC_ARN: 'arn:aws:sns:eu-central-1:000000000000:events',
  EXPIRES_AFTER_DAYS: '14',
  INCOMING_QUEUE_URL: `${url}/000000000000/incoming`,
  LEASES_TABLE: 'leases',
  METRICS_NAMESPACE: 'benchmark',
  OUTGOING_QUEUE_URL: `${url}/000000000000/outgoing`,
  OWN_STACK: 'benchmark',
  RETENTION_DAYS: '30',
  ROUTING_STATE_MACHINE_ARN: 'arn:aws:states:eu-central-1:000000000000:stateMachine:routing',
  STACKS: 'benchmark',
  STAGE: 'benchmark',
  SUBSCRIBER_URL: `${url}/notifications`,
  TOKEN_AUDIENCE: 'benchmark',
  TOKEN_ISSUER: url,
  TOPIC_ARN: 'arn:aws:sns:eu-central-1:000000000000:benchmark',
  VEHICLES_TABLE: 'vehicles',
});
