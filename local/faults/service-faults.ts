import { setTimeout as wait } from 'node:timers/promises';
import { AwsError, type Json, type JsonObject } from '../aws.ts';
import type { Service } from './fault.ts';
import { type Faults, matches } from './faults.ts';

/** A call of an AWS service, from template to template or by a function's SDK. */
export interface ServiceCall {
  readonly service: Service;
  readonly action: string;
  readonly input: JsonObject;
}

/** What goes wrong with a call. */
export interface Disturbance {
  /** How much later it reaches the service. */
  readonly delayMs: number;
  /** What is answered in place of the service's answer; `effect`: after the service has done its work. */
  readonly failure?: {
    readonly name: string;
    readonly message: string;
    readonly status: number;
    readonly effect: boolean;
  };
}

interface ServiceError {
  readonly name: string;
  readonly status: number;
}

/**
 * How a service says that it is at fault, and that there are too many calls. SDKs and workflows try both again.
 * Source: «Common Errors» and the errors of the actions in each service's API reference.
 */
const ERRORS: Readonly<Record<Service, { readonly fails: ServiceError; readonly throttles: ServiceError }>> =
  {
    cloudwatch: {
      fails: { name: 'InternalServiceFault', status: 500 },
      throttles: { name: 'Throttling', status: 400 },
    },
    dynamodb: {
      fails: { name: 'InternalServerError', status: 500 },
      throttles: { name: 'ProvisionedThroughputExceededException', status: 400 },
    },
    elasticloadbalancing: {
      fails: { name: 'InternalFailure', status: 500 },
      throttles: { name: 'Throttling', status: 400 },
    },
    lambda: {
      fails: { name: 'ServiceException', status: 500 },
      throttles: { name: 'TooManyRequestsException', status: 429 },
    },
    'secrets-manager': {
      fails: { name: 'InternalServiceError', status: 500 },
      throttles: { name: 'ThrottlingException', status: 400 },
    },
    sns: {
      fails: { name: 'InternalError', status: 500 },
      throttles: { name: 'Throttled', status: 429 },
    },
    sqs: {
      fails: { name: 'ServiceUnavailable', status: 503 },
      throttles: { name: 'RequestThrottled', status: 400 },
    },
    states: {
      fails: { name: 'ServiceUnavailable', status: 503 },
      throttles: { name: 'ThrottlingException', status: 400 },
    },
  };

/** Where a call's input names what it is about. */
const RESOURCES = [
  'TableName',
  'TopicArn',
  'QueueUrl',
  'stateMachineArn',
  'executionArn',
  'FunctionName',
  'SecretId',
  'RuleArn',
];

/** Of a batch over several tables, the names of all. */
function resourceOf(input: JsonObject): string {
  const named = RESOURCES.map((name) => input[name]).find((value) => value !== undefined);
  return typeof named === 'string' ? named : Object.keys(objectOf(input.RequestItems)).join(' ');
}

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/** @returns `undefined` where nothing goes wrong, as always while no fault is active */
export function disturbanceOf(faults: Faults, call: ServiceCall): Disturbance | undefined {
  if (!faults.any) return undefined;
  const { service, action, input } = call;
  const applies = (fault: { service: Service; action?: string; resource?: string }): boolean =>
    fault.service === service &&
    (fault.action === undefined || fault.action === action) &&
    matches(fault.resource, resourceOf(input));

  const delayMs = faults.strike(['service-slow'], applies)?.ms ?? 0;
  const fault = faults.strike(['service-fails', 'service-throttles'], applies);
  if (fault === undefined) return delayMs === 0 ? undefined : { delayMs };
  const failing = fault.fault === 'service-fails';
  const { name, status } =
    (failing ? fault.error : undefined) ?? ERRORS[service][failing ? 'fails' : 'throttles'];
  const message = `${service}:${action} met a fault of the local stage`;
  return { delayMs, failure: { name, message, status, effect: failing && fault.effect } };
}

/**
 * Makes a call as the faults let it be made.
 * @throws AwsError as the service would answer it
 */
export function callThrough(
  faults: Faults,
  call: ServiceCall,
  proceed: () => Promise<JsonObject>,
): Promise<JsonObject> {
  const disturbance = disturbanceOf(faults, call);
  return disturbance === undefined ? proceed() : disturbed(disturbance, proceed);
}

async function disturbed(
  { delayMs, failure }: Disturbance,
  proceed: () => Promise<JsonObject>,
): Promise<JsonObject> {
  if (delayMs > 0) await wait(delayMs);
  if (failure === undefined) return proceed();
  if (failure.effect) await proceed();
  throw new AwsError(failure.name, failure.message, failure.status);
}
