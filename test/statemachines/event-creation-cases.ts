import { createHash } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { vi } from 'vitest';
import * as z from 'zod';
import { RemoteServiceEvent } from '../../functions/event/event.ts';
import { enrich } from '../../functions/event-creation/enrich/enrich.ts';
import { CommandRequest } from '../../functions/event-creation/request.ts';
import { validate } from '../../functions/event-creation/validate/validate.ts';
import type { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { hornBlow } from '../../functions/remote-services/at-the-car.ts';
import type { Json, JsonObject } from '../../local/aws.ts';
import {
  type Answers,
  answers,
  deployedDefinition,
  done,
  inTurn,
  type Run,
  refuses,
  type Scenario,
  throws,
  workflow,
} from './workflow.ts';

/** The id that every command gets, and the time of every run. */
export const EVENT_ID = '5f0c1d2e-3b4a-4c5d-8e6f-708192a3b4c5';
export const NOW = '2026-01-01T12:00:00.250Z';
export const REQUESTED_AT = '2026-01-01T12:00:00.100Z';
export const VIN = 'WBADEM00000000001';
export const OTHER_VIN = 'WBADEM00000000002';
export const USER = 'user-4711';

/** The first request that had the same correlation id: two seconds before, and what became its command. */
export const FIRST_ID = '00000000-0000-4000-8000-000000000001';
export const FIRST_AT = '2026-01-01T11:59:58.100Z';

export const DEFINITION = deployedDefinition('blue/EventCreation/Workflow');
export const PUBLISH = 'sns:Publish blue/EventProcessing/Events';
export const VALIDATE = 'lambda:Invoke blue/EventCreation/Validate';
export const ENRICH = 'lambda:Invoke blue/EventCreation/Enrich';
export const READ_VEHICLE = 'dynamodb:GetItem shared/Persistence/Vehicles';
export const CLAIM = 'dynamodb:PutItem shared/Persistence/Leases';
export const READ_LEASE = 'dynamodb:GetItem shared/Persistence/Leases';
export const REMEMBER = 'dynamodb:PutItem shared/Persistence/Events REQUEST';
export const READ_FIRST = 'dynamodb:GetItem shared/Persistence/Events REQUEST';
export const READ_FIRST_COMMAND = 'dynamodb:GetItem shared/Persistence/Events STATE';
export const FORGET = 'dynamodb:DeleteItem shared/Persistence/Events REQUEST';
export const RECORD = 'dynamodb:PutItem shared/Persistence/Events STATE';
export const SEND = 'sqs:SendMessage blue/OutgoingVehicleCommunication/Commands/Queue';

export const REQUEST = {
  serviceType: 'horn-blow',
  deliverySeconds: hornBlow.deliverySeconds,
  requestedAt: Date.parse(REQUESTED_AT),
  vin: VIN,
  user: USER,
  correlationId: 'c-1',
  refusal: null,
  body: {},
};

export const VEHICLE: Vehicle = {
  vin: VIN,
  model: 'i4',
  brand: 'bmw',
  country: 'DE',
  generation: 'mqtt-2021',
  owner: USER,
  capabilities: ['horn-blow'],
};

/** The functions themselves. */
const invoke = (logic: typeof validate | typeof enrich) => (input: JsonObject) => ({
  StatusCode: 200,
  Payload: JSON.parse(JSON.stringify(logic(CommandRequest.parse(input.Payload)))),
});
const FUNCTIONS = { [VALIDATE]: invoke(validate), [ENRICH]: invoke(enrich) };

/** As the vehicles table holds it. */
const item = (vehicle: Vehicle): JsonObject => ({ Item: JSON.parse(JSON.stringify(marshall(vehicle))) });

/** The vehicles table holds this one, or none. */
export const withVehicle = (vehicle?: Partial<Vehicle>): Answers => ({
  [READ_VEHICLE]: answers(vehicle && item({ ...VEHICLE, ...vehicle })),
});

const LEASE_OF_ANOTHER = {
  Item: {
    vin: { S: VIN },
    eventId: { S: '00000000-0000-4000-8000-000000000000' },
    serviceType: { S: 'light-flash' },
    requestedAt: { S: '2026-01-01T11:59:50.000Z' },
    expiresAt: { N: '1767268900' },
  },
};

/** What makes two requests the same. */
const fingerprintOf = ({ serviceType, vin, body }: typeof REQUEST) =>
  createHash('sha256')
    .update(JSON.stringify([serviceType, vin, body]))
    .digest('hex');

/** The first request as it is remembered. */
const remembered = (requestedAt = FIRST_AT, request = REQUEST) => ({
  Item: {
    eventId: { S: FIRST_ID },
    fingerprint: { S: fingerprintOf(request) },
    requestedAt: { N: String(Date.parse(requestedAt)) },
  },
});
/** Its command, as it stands from when it is sent. */
const FIRST_ACCEPTED = { Item: { eventId: { S: FIRST_ID }, requester: { S: USER } } };
/** As it stands when it could not be sent, or nobody knows whether it was. */
const FIRST_FAILED = { Item: { ...FIRST_ACCEPTED.Item, status: { S: 'FAILED' } } };
/** As the persistence of events may know it before. */
const FIRST_CREATED = { Item: { eventId: { S: FIRST_ID } } };

/** There was a first request. */
const retried = (overrides: Answers = {}): Answers => ({
  [REMEMBER]: refuses('ConditionalCheckFailedException'),
  [READ_FIRST]: answers(remembered()),
  [READ_FIRST_COMMAND]: answers(FIRST_ACCEPTED),
  ...overrides,
});
const isFirstNow = () => inTurn(refuses('ConditionalCheckFailedException'), answers());

/** Longer ago than its request may be under way. */
const DEAD = '2026-01-01T11:59:15.249Z';

/** What the API itself may find wrong. */
const TOO_LARGE = { statusCode: 413, reason: 'INVALID_REQUEST', message: 'The request body is too large.' };

const Status = z.object({ data: z.object({ status: z.string() }) });
const statusOf = ({ Message }: JsonObject) => Status.parse(JSON.parse(String(Message))).data.status;

/** The topic refuses events of these statuses. */
const publishing = (...refused: string[]) => ({
  [PUBLISH]: (input: JsonObject) =>
    refused.includes(statusOf(input)) ? refuses('InternalErrorException')(input) : { MessageId: 'm' },
});

/** What a run comes to. Successful calls only; a FAILED event with its reason. */
export interface Outcome {
  readonly answer: number;
  readonly remembered: boolean;
  readonly published: readonly string[];
  readonly claimed: boolean;
  readonly recorded: boolean;
  readonly sent: boolean;
  /** The request itself, or a first one that never ended. */
  readonly forgotten: boolean;
}

interface Case extends Outcome {
  readonly input?: Partial<Record<keyof typeof REQUEST, Json>>;
  readonly with?: () => Answers;
}

const NOTHING = {
  remembered: false,
  published: [],
  claimed: false,
  recorded: false,
  sent: false,
  forgotten: false,
};
/** A retry may be sent with the same correlation id. */
const REFUSED = { ...NOTHING, remembered: true, forgotten: true };
const refusedFor = (reason: string) => ({ ...REFUSED, published: ['CREATED', `FAILED ${reason}`] });
const UNAVAILABLE = { ...refusedFor('SERVICE_UNAVAILABLE'), answer: 503 };
/** Claimed, and perhaps in the queue: FAILED frees the vehicle, and a retry must not become a second command. */
const UNSENT = {
  ...UNAVAILABLE,
  published: ['CREATED', 'PENDING', 'FAILED SERVICE_UNAVAILABLE'],
  claimed: true,
  forgotten: false,
};
export const ACCEPTED = {
  answer: 202,
  remembered: true,
  published: ['CREATED', 'PENDING'],
  claimed: true,
  recorded: true,
  sent: true,
  forgotten: false,
};

export const retryOfOneThatNeverEnded = (requestedAt: string): Case => ({
  ...ACCEPTED,
  forgotten: true,
  with: () =>
    retried({
      [REMEMBER]: isFirstNow(),
      [READ_FIRST]: answers(remembered(requestedAt)),
      [READ_FIRST_COMMAND]: answers(FIRST_CREATED),
    }),
});

export const PENDING_UNPUBLISHED = 'accepted although PENDING cannot be published';
export const NEITHER_SENT_NOR_FAILED = 'the command cannot be sent, and no event published that says so';
/** A retry then hears 503 until the request is 45 s old, for it might be under way. */
export const REFUSED_AND_UNFORGOTTEN = 'refused, and cannot be forgotten';

export const CASES: Readonly<Record<string, Case>> = {
  accepted: ACCEPTED,
  'accepted after a function was throttled': {
    ...ACCEPTED,
    with: () => ({ [VALIDATE]: inTurn(refuses('TooManyRequestsException'), FUNCTIONS[VALIDATE]) }),
  },
  'accepted after the claim was throttled': {
    ...ACCEPTED,
    with: () => ({ [CLAIM]: inTurn(refuses('ProvisionedThroughputExceededException'), answers()) }),
  },
  'accepted, for the other command ended between the two calls': {
    ...ACCEPTED,
    with: () => ({
      [CLAIM]: inTurn(refuses('ConditionalCheckFailedException'), answers()),
      [READ_LEASE]: answers(),
    }),
  },

  'a malformed VIN': { ...NOTHING, answer: 400, input: { vin: 'wbadem00000000001' } },
  'an invalid body': { ...refusedFor('INVALID_REQUEST'), answer: 400, input: { body: { loud: true } } },
  'an unknown vehicle': { ...NOTHING, answer: 404, with: () => withVehicle() },
  'a vehicle of someone else': {
    ...NOTHING,
    answer: 404,
    with: () => withVehicle({ owner: 'user-0815' }),
  },
  'an invalid body for a vehicle of someone else': {
    ...NOTHING,
    answer: 404,
    input: { body: { loud: true } },
    with: () => withVehicle({ owner: 'user-0815' }),
  },
  'a retry for a vehicle that is someone else’s now': {
    ...NOTHING,
    answer: 404,
    with: () => retried(withVehicle({ owner: 'user-0815' })),
  },
  'accepted after reading the vehicle was throttled': {
    ...ACCEPTED,
    with: () => ({
      [READ_VEHICLE]: inTurn(refuses('ProvisionedThroughputExceededException'), answers(item(VEHICLE))),
    }),
  },
  'the vehicle cannot be read': {
    ...NOTHING,
    answer: 503,
    with: () => ({ [READ_VEHICLE]: refuses('InternalServerError') }),
  },
  'a vehicle without a horn': {
    ...refusedFor('SERVICE_NOT_SUPPORTED'),
    answer: 422,
    with: () => withVehicle({ capabilities: [] }),
  },
  'a busy vehicle': {
    ...refusedFor('VEHICLE_BUSY'),
    answer: 409,
    with: () => ({
      [CLAIM]: refuses('ConditionalCheckFailedException'),
      [READ_LEASE]: answers(LEASE_OF_ANOTHER),
    }),
  },
  'a busy vehicle, and FAILED cannot be published': {
    ...REFUSED,
    published: ['CREATED'],
    answer: 409,
    with: () => ({
      [CLAIM]: refuses('ConditionalCheckFailedException'),
      [READ_LEASE]: answers(LEASE_OF_ANOTHER),
      ...publishing('FAILED'),
    }),
  },

  'CREATED cannot be published': {
    ...UNAVAILABLE,
    published: ['FAILED SERVICE_UNAVAILABLE'],
    with: () => publishing('CREATED'),
  },
  'nothing can be published': { ...REFUSED, answer: 503, with: () => publishing('CREATED', 'FAILED') },
  'validate fails': { ...UNAVAILABLE, with: () => ({ [VALIDATE]: throws('TypeError') }) },
  'enrich fails': { ...UNAVAILABLE, with: () => ({ [ENRICH]: throws('TypeError') }) },
  'a function stays throttled': {
    ...UNAVAILABLE,
    with: () => ({ [VALIDATE]: refuses('TooManyRequestsException') }),
  },
  'the claim stays throttled': { ...UNAVAILABLE, with: () => ({ [CLAIM]: refuses('ThrottlingException') }) },
  'the claim fails': { ...UNAVAILABLE, with: () => ({ [CLAIM]: refuses('AccessDeniedException') }) },
  'the lease of a busy vehicle cannot be read': {
    ...UNAVAILABLE,
    with: () => ({
      [CLAIM]: refuses('ConditionalCheckFailedException'),
      [READ_LEASE]: refuses('InternalServerError'),
    }),
  },
  'the command has ended before it is recorded': {
    ...UNSENT,
    with: () => ({ [RECORD]: refuses('ConditionalCheckFailedException') }),
  },
  'the command cannot be recorded': {
    ...UNSENT,
    with: () => ({ [RECORD]: refuses('InternalServerError') }),
  },
  'the command cannot be sent': {
    ...UNSENT,
    recorded: true,
    with: () => ({ [SEND]: refuses('ServiceUnavailable') }),
  },
  [NEITHER_SENT_NOR_FAILED]: {
    ...UNSENT,
    published: ['CREATED'],
    recorded: true,
    with: () => ({ [SEND]: refuses('ServiceUnavailable'), ...publishing('PENDING', 'FAILED') }),
  },
  // The command is on its way all the same.
  [PENDING_UNPUBLISHED]: {
    ...ACCEPTED,
    published: ['CREATED'],
    with: () => publishing('PENDING'),
  },

  'a request that the API itself refuses': {
    ...NOTHING,
    answer: 413,
    input: { refusal: TOO_LARGE, body: null },
  },
  'a request with a malformed VIN that the API itself refuses': {
    ...NOTHING,
    answer: 413,
    input: { refusal: TOO_LARGE, vin: '' },
  },

  'a retry of an accepted request': { ...NOTHING, answer: 202, with: () => retried() },
  'a retry of a command that may have been sent': {
    ...NOTHING,
    answer: 202,
    with: () => retried({ [READ_FIRST_COMMAND]: answers(FIRST_FAILED) }),
  },
  'a retry while the first is under way, which is accepted then': {
    ...NOTHING,
    answer: 202,
    with: () =>
      retried({
        [READ_FIRST_COMMAND]: inTurn(answers(), answers(FIRST_CREATED), answers(FIRST_ACCEPTED)),
      }),
  },
  'a retry while the first is under way, which is refused then': {
    ...ACCEPTED,
    with: () =>
      retried({
        [REMEMBER]: isFirstNow(),
        [READ_FIRST]: inTurn(answers(remembered()), answers()),
        [READ_FIRST_COMMAND]: answers(FIRST_CREATED),
      }),
  },
  'a retry of a request that is refused meanwhile': {
    ...ACCEPTED,
    with: () => retried({ [REMEMBER]: isFirstNow(), [READ_FIRST]: answers() }),
  },
  'a retry of a request of which nothing is known after 10 s': {
    ...NOTHING,
    answer: 503,
    with: () => retried({ [READ_FIRST_COMMAND]: answers() }),
  },
  'a retry of a request that never ended': retryOfOneThatNeverEnded(DEAD),
  'a retry of a request that never ended, and another retry is faster': {
    ...NOTHING,
    answer: 202,
    with: () =>
      retried({
        [READ_FIRST]: inTurn(answers(remembered(DEAD)), answers(remembered())),
        [READ_FIRST_COMMAND]: inTurn(answers(), answers(FIRST_ACCEPTED)),
        [FORGET]: refuses('ConditionalCheckFailedException'),
      }),
  },
  'the correlation id of another request': {
    ...NOTHING,
    answer: 409,
    with: () => retried({ [READ_FIRST]: answers(remembered(FIRST_AT, { ...REQUEST, vin: OTHER_VIN })) }),
  },

  'accepted after remembering was throttled': {
    ...ACCEPTED,
    with: () => ({ [REMEMBER]: inTurn(refuses('ThrottlingException'), answers()) }),
  },
  'remembering stays throttled': {
    ...NOTHING,
    answer: 503,
    with: () => ({ [REMEMBER]: refuses('ThrottlingException') }),
  },
  'remembering fails': {
    ...NOTHING,
    answer: 503,
    with: () => ({ [REMEMBER]: refuses('AccessDeniedException') }),
  },
  'the first request cannot be read': {
    ...NOTHING,
    answer: 503,
    with: () => retried({ [READ_FIRST]: refuses('InternalServerError') }),
  },
  'the first request’s command cannot be read': {
    ...NOTHING,
    answer: 503,
    with: () => retried({ [READ_FIRST_COMMAND]: refuses('InternalServerError') }),
  },
  'a request that never ended cannot be forgotten': {
    ...NOTHING,
    answer: 503,
    with: () =>
      retried({
        [READ_FIRST]: answers(remembered(DEAD)),
        [READ_FIRST_COMMAND]: answers(),
        [FORGET]: refuses('InternalServerError'),
      }),
  },
  [REFUSED_AND_UNFORGOTTEN]: {
    ...refusedFor('SERVICE_NOT_SUPPORTED'),
    answer: 422,
    forgotten: false,
    with: () => ({
      ...withVehicle({ capabilities: [] }),
      [FORGET]: refuses('InternalServerError'),
    }),
  },
};

export const scenarioOf = ({ input, with: overrides }: Case): Scenario => ({
  input: { ...REQUEST, ...input },
  answers: () => {
    // Waits of the run before have moved the clock.
    vi.setSystemTime(Date.parse(NOW));
    return {
      ...FUNCTIONS,
      ...publishing(),
      ...withVehicle(VEHICLE),
      [REMEMBER]: answers(),
      [FORGET]: answers(),
      [CLAIM]: answers(),
      [RECORD]: answers(),
      [SEND]: answers({ MessageId: 'm' }),
      ...overrides?.(),
    };
  },
});
export const run = workflow(DEFINITION);
export const runCase = (name: string): Promise<Run> => run(scenarioOf(CASES[name] ?? ACCEPTED));

export const eventsOf = (found: Run) =>
  done(found, PUBLISH).map(({ Message }) => RemoteServiceEvent.parse(JSON.parse(String(Message))));

const Answer = z.strictObject({ statusCode: z.int(), correlationId: z.string(), body: z.string() });
export function answerOf({ result }: Run) {
  if (result.status !== 'SUCCEEDED') throw new Error(`The workflow ended as ${JSON.stringify(result)}`);
  const { body, ...answer } = Answer.parse(result.output);
  return { ...answer, body: z.record(z.string(), z.json()).parse(JSON.parse(body)) };
}
