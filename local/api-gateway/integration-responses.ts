import type { Answer, IntegrationAnswer } from './answer.ts';
import type { Call } from './context.ts';
import { type IntegrationResponseProperties, type MethodProperties, refuse } from './definition.ts';
import { GatewayError } from './gateway-responses.ts';
import { headerSafe, isHeaderName, publicHeaderName } from './headers.ts';
import { isMap, print } from './java-values.ts';
import { compileField, type MappingTemplate } from './mapping-template.ts';
import { type ParameterSource, parameterSource } from './parameter-mapping.ts';
import { mediaType } from './request.ts';
import { TemplateError } from './template-error.ts';
import { TemplateInput } from './template-input.ts';

/**
 * Turns an integration's answer into the method's.
 * @throws TemplateError when the response template cannot be rendered
 * @throws GatewayError when no integration response is selected
 */
export type MapResponse = (call: Call, answer: IntegrationAnswer) => Answer;

interface IntegrationResponse {
  readonly pattern: RegExp | undefined;
  readonly status: number;
  readonly headers: readonly (readonly [string, ParameterSource])[];
  /** Content type to template; `undefined` stands for «as it is». */
  readonly templates: ReadonlyMap<string, MappingTemplate | undefined>;
}

/** @throws Error naming the method and the field */
export function compileIntegrationResponses(label: string, method: MethodProperties): MapResponse {
  const given = method.Integration?.IntegrationResponses ?? [];
  const responses = given.map((properties) => compileResponse(label, method, properties));
  const fallback = responses.find(({ pattern }) => pattern === undefined);
  return (call, answer) => {
    const { selection } = answer;
    const matching =
      selection === undefined ? undefined : responses.find(({ pattern }) => pattern?.test(selection));
    const response = matching ?? fallback;
    if (response === undefined) {
      const cause = `no integration response for ${selection ?? 'success'}, and no default`;
      throw new GatewayError('API_CONFIGURATION_ERROR', { cause });
    }
    return respond(response, call, answer);
  };
}

function compileResponse(
  label: string,
  method: MethodProperties,
  properties: IntegrationResponseProperties,
): IntegrationResponse {
  const { SelectionPattern = '', StatusCode, ResponseParameters = {}, ResponseTemplates = {} } = properties;
  const field = `Integration.IntegrationResponses[${StatusCode}]`;
  const declared = method.MethodResponses?.find((response) => response.StatusCode === StatusCode);
  if (declared === undefined) return refuse(label, field, 'the status is not in MethodResponses');
  if (!/^[2-5]\d\d$/.test(StatusCode)) return refuse(label, field, 'a status from 200 to 599 is needed');
  const headers = Object.entries(ResponseParameters).map(([target, expression]) => {
    const name = /^method\.response\.header\.([\w-]+)$/.exec(target)?.[1];
    if (name === undefined || !Object.hasOwn(declared.ResponseParameters ?? {}, target)) {
      return refuse(label, `${field}.ResponseParameters.${target}`, 'not a header of the MethodResponse');
    }
    try {
      return [publicHeaderName(name), parameterSource(expression, new Set())] as const;
    } catch (error) {
      return refuse(label, `${field}.ResponseParameters.${target}`, (error as Error).message);
    }
  });
  const templates = new Map<string, MappingTemplate | undefined>();
  for (const [contentType, source] of Object.entries(ResponseTemplates)) {
    const template =
      source === '' ? undefined : compileField(label, `${field}.ResponseTemplates.${contentType}`, source);
    templates.set(contentType.toLowerCase(), template);
  }
  return {
    pattern: compilePattern(label, field, SelectionPattern),
    status: Number(StatusCode),
    headers,
    templates,
  };
}

/** The pattern has to match the whole text. */
function compilePattern(label: string, field: string, pattern: string): RegExp | undefined {
  if (pattern === '') return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return refuse(label, `${field}.SelectionPattern`, `${pattern} is no regular expression`);
  }
}

function respond(response: IntegrationResponse, call: Call, answer: IntegrationAnswer): Answer {
  // Mapped before the template, which may override them; names are compared without case.
  const headers = new Map<string, readonly [string, string]>();
  for (const [name, source] of response.headers) {
    const value = source(call, answer);
    if (value !== undefined) headers.set(name.toLowerCase(), [name, headerSafe(value)]);
  }
  const [templateType, template] = chooseTemplate(response, call);
  const body = template === undefined ? answer.body : template(new TemplateInput(call, answer));
  const { status, header } = call.responseOverride;
  if (isMap(header ?? null)) {
    for (const [name, value] of Object.entries(header ?? {})) {
      if (typeof value === 'object' || !isHeaderName(name)) {
        throw new TemplateError(`$context.responseOverride.header: "${name}" cannot be ${print(value)}`);
      }
      headers.set(name.toLowerCase(), [publicHeaderName(name), headerSafe(print(value))]);
    }
  }
  const contentType = headers.get('content-type')?.[1] ?? templateType;
  headers.delete('content-type');
  return {
    status: status === undefined ? response.status : overriddenStatus(status),
    contentType,
    headers: [...headers.values()].flat(),
    body,
  };
}

/** API Gateway silently ignores a status that is no whole number; here it is an error, because it is a mistake. */
function overriddenStatus(status: unknown): number {
  if (typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new TemplateError(
    `$context.responseOverride.status is ${JSON.stringify(status)}, not a status number`,
  );
}

/** By `Accept`; where none fits the one for `application/json`; where there is none the first. */
function chooseTemplate(
  { templates }: IntegrationResponse,
  { request }: Call,
): readonly [string, MappingTemplate | undefined] {
  if (templates.size === 0) return ['application/json', undefined];
  const accepted = mediaType(request.header('accept')) ?? '';
  if (templates.has(accepted)) return [accepted, templates.get(accepted)];
  if (templates.has('application/json')) return ['application/json', templates.get('application/json')];
  const [first = ['application/json', undefined] as const] = templates;
  return first;
}
