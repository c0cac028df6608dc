import type { AwsCall, Log } from '../aws.ts';
import type { Answer, IntegrationAnswer } from './answer.ts';
import type { Call } from './context.ts';
import {
  type IntegrationProperties,
  type MethodProperties,
  type RestApiDefinition,
  refuse,
} from './definition.ts';
import { GatewayError } from './gateway-responses.ts';
import { compileIntegrationResponses } from './integration-responses.ts';
import { lambdaProxy } from './lambda-integration.ts';
import { compileField, type MappingTemplate } from './mapping-template.ts';
import { compileService, type Invoke } from './services.ts';
import { TemplateError } from './template-error.ts';
import { TemplateInput } from './template-input.ts';

/** Answers a validated request. @throws GatewayError for what API Gateway answers itself */
export type Integration = (call: Call) => Promise<Answer>;

/** API Gateway's default and shortest. */
const TIMEOUT_MS = 29_000;
const SHORTEST_TIMEOUT_MS = 50;

/** @throws Error naming the method and the field */
export function compileIntegration(
  label: string,
  method: MethodProperties,
  api: RestApiDefinition,
  awsCall: AwsCall,
  log: Log,
): Integration {
  const { Integration: integration } = method;
  if (integration === undefined) return refuse(label, 'Integration', 'missing');
  const timeout = integration.TimeoutInMillis ?? TIMEOUT_MS;
  if (timeout < SHORTEST_TIMEOUT_MS) {
    return refuse(label, 'Integration.TimeoutInMillis', `at least ${SHORTEST_TIMEOUT_MS}`);
  }
  const answer =
    integration.Type === 'AWS_PROXY'
      ? compileProxy(label, integration, awsCall)
      : compileMapped(label, method, integration, api, awsCall);
  return async (call) => {
    try {
      return await withTimeout(answer(call), timeout);
    } catch (error) {
      const reported = toGatewayError(error);
      if (reported.cause !== undefined) log(api.id, `${label}: ${describe(reported.cause)}`);
      throw reported;
    }
  };
}

function compileProxy(
  label: string,
  { Uri = '', Credentials }: IntegrationProperties,
  awsCall: AwsCall,
): Integration {
  const path = /^arn:[\w-]+:apigateway:[a-z0-9-]+:lambda:path\/(.*)$/.exec(Uri)?.[1];
  if (path === undefined) return refuse(label, 'Integration.Uri', `${Uri} is not supported with AWS_PROXY`);
  return lambdaProxy(label, path, Credentials, awsCall);
}

function compileMapped(
  label: string,
  method: MethodProperties,
  integration: IntegrationProperties,
  api: RestApiDefinition,
  awsCall: AwsCall,
): Integration {
  const declared = new Set(Object.keys(method.RequestParameters ?? {}));
  const invoke = compileInvoke(label, integration, declared, api, awsCall);
  const render = compileRequest(label, integration);
  const mapResponse = compileIntegrationResponses(label, method);
  return async (call) => mapResponse(call, await invoke(render(call), call));
}

function compileInvoke(
  label: string,
  integration: IntegrationProperties,
  declared: ReadonlySet<string>,
  api: RestApiDefinition,
  awsCall: AwsCall,
): Invoke {
  if (integration.Type === 'MOCK') return mock;
  if (integration.Type === 'AWS') return compileService(label, integration, declared, api, awsCall);
  return refuse(label, 'Integration.Type', `${integration.Type} is not supported`);
}

/** A mock answers with the status that the rendered request template names, and with no body. */
async function mock(body: string): Promise<IntegrationAnswer> {
  // API Gateway's parser takes keys without quotes, and its own examples have them.
  const status = /["']?\bstatusCode["']?\s*:\s*"?(\d{3})\b/.exec(body)?.[1];
  if (status === undefined) throw new TemplateError(`a mock needs {"statusCode": 200}, not ${body}`);
  return { status: Number(status), body: '', headers: {}, selection: status };
}

/**
 * The payload for the integration: by the request's content type a template, or the body as it came, or a 415.
 * Source: «Method request behavior for payloads without mapping templates» in the developer guide.
 */
function compileRequest(label: string, integration: IntegrationProperties): (call: Call) => string {
  const { PassthroughBehavior = 'WHEN_NO_MATCH', RequestTemplates = {} } = integration;
  if (!['NEVER', 'WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES'].includes(PassthroughBehavior)) {
    return refuse(label, 'Integration.PassthroughBehavior', `${PassthroughBehavior} is not supported`);
  }
  const templates = new Map<string, MappingTemplate | undefined>();
  for (const [contentType, source] of Object.entries(RequestTemplates)) {
    const field = `Integration.RequestTemplates.${contentType}`;
    templates.set(contentType.toLowerCase(), source === '' ? undefined : compileField(label, field, source));
  }
  const passesUnknown =
    PassthroughBehavior === 'WHEN_NO_MATCH' ||
    (PassthroughBehavior === 'WHEN_NO_TEMPLATES' && templates.size === 0);
  return (call) => {
    const contentType = call.request.contentType();
    if (!templates.has(contentType) && !passesUnknown) throw new GatewayError('UNSUPPORTED_MEDIA_TYPE');
    const template = templates.get(contentType);
    return template === undefined ? call.request.body : template(new TemplateInput(call, call.request.body));
  };
}

/** The integration goes on after its time is up; what it then says is nobody's any more. */
function withTimeout(answer: Promise<Answer>, milliseconds: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const cause = `the integration did not answer within ${milliseconds} ms`;
      reject(new GatewayError('INTEGRATION_TIMEOUT', { cause }));
    }, milliseconds);
    answer.then(
      (answered) => {
        clearTimeout(timer);
        resolve(answered);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const type = error instanceof TemplateError ? 'API_CONFIGURATION_ERROR' : 'INTEGRATION_FAILURE';
  return new GatewayError(type, { cause: error });
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
