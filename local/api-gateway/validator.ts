import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { JsonObject } from '../aws.ts';
import { type MethodProperties, type RestApiDefinition, refuse } from './definition.ts';
import { GatewayError } from './gateway-responses.ts';
import type { GatewayRequest } from './request.ts';

/** @throws GatewayError for a request that the method's validator refuses */
export type Validate = (request: GatewayRequest) => void;

/** The models that every API has. */
const BUILT_IN_MODELS: Readonly<Record<string, JsonObject>> = {
  Empty: { title: 'Empty Schema', type: 'object' },
  Error: { title: 'Error Schema', type: 'object', properties: { message: { type: 'string' } } },
};

/** Keywords of later drafts; strict mode then refuses them by name, where a draft-04 validator would ignore them. */
const LATER_KEYWORDS = [
  '$comment',
  'const',
  'contains',
  'contentEncoding',
  'contentMediaType',
  'else',
  'examples',
  'if',
  'maxContains',
  'minContains',
  'propertyNames',
  'readOnly',
  'then',
  'writeOnly',
];

/**
 * Compiles the models of an API: JSON schema draft 4, which refer to one another as
 * `https://apigateway.amazonaws.com/restapis/{id}/models/{name}`.
 */
export class Models {
  readonly #schemas = new Map<string, JsonObject>(Object.entries(BUILT_IN_MODELS));
  readonly #ajv = draft04();
  readonly #baseUrl: string;

  constructor(api: RestApiDefinition) {
    this.#baseUrl = `https://apigateway.amazonaws.com/restapis/${api.id}/models/`;
    for (const { name, schema } of api.models) this.#schemas.set(name, schema);
    for (const [name, { $schema, ...schema }] of this.#schemas) {
      this.#ajv.addSchema(schema, this.#baseUrl + name);
    }
  }

  /** @throws Error for a name without a model, and for a schema that is no draft 4 */
  compile(name: string): ValidateFunction {
    if (!this.#schemas.has(name)) throw new Error(`there is no model ${name}`);
    try {
      return this.#ajv.getSchema(this.#baseUrl + name) as ValidateFunction;
    } catch (error) {
      throw new Error(`model ${name}: ${(error as Error).message}`);
    }
  }
}

/** @throws Error naming the method and the field */
export function compileValidator(
  label: string,
  method: MethodProperties,
  api: RestApiDefinition,
  models: Models,
): Validate {
  // Models are compiled even where nothing validates against them: a mistake in one is a mistake.
  const bodies = new Map<string, ValidateFunction>();
  for (const [contentType, model] of Object.entries(method.RequestModels ?? {})) {
    try {
      bodies.set(contentType.toLowerCase(), models.compile(model));
    } catch (error) {
      refuse(label, `RequestModels.${contentType}`, (error as Error).message);
    }
  }
  const required = requiredParameters(label, method);
  const id = method.RequestValidatorId;
  if (id === undefined) return () => {};
  const validator = api.requestValidators.find((candidate) => candidate.id === id);
  if (validator === undefined) return refuse(label, 'RequestValidatorId', `there is no validator ${id}`);
  const { validateRequestBody, validateRequestParameters } = validator;
  return (request) => {
    if (validateRequestParameters) checkParameters(required, request);
    if (validateRequestBody) checkBody(bodies, request);
  };
}

interface Parameter {
  readonly location: string;
  readonly name: string;
}

/** In the order in which API Gateway names missing ones: headers, path, query string. */
function requiredParameters(label: string, { RequestParameters = {} }: MethodProperties): Parameter[] {
  const parameters: Parameter[] = [];
  for (const [key, required] of Object.entries(RequestParameters)) {
    const [, location, name] = /^method\.request\.(header|path|querystring)\.([\w.$-]+)$/.exec(key) ?? [];
    if (location === undefined || name === undefined) {
      return refuse(label, `RequestParameters.${key}`, 'not supported');
    }
    if (required) parameters.push({ location, name });
  }
  return parameters.sort((a, b) => (a.location < b.location ? -1 : a.location > b.location ? 1 : 0));
}

/** A required parameter has to be there and not blank. */
function checkParameters(required: readonly Parameter[], request: GatewayRequest): void {
  const missing = required.filter(
    ({ location, name }) => (request.parameter(location, name) ?? '').trim() === '',
  );
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  const message = `Missing required request parameters: [${names}]`;
  throw new GatewayError('BAD_REQUEST_PARAMETERS', { message, validationError: message });
}

function checkBody(bodies: ReadonlyMap<string, ValidateFunction>, request: GatewayRequest): void {
  const validate = bodies.get(request.contentType()) ?? bodies.get('$default');
  if (validate === undefined) return;
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    throw new GatewayError('BAD_REQUEST_BODY', { validationError: '[the body is no valid JSON]' });
  }
  if (validate(body)) return;
  throw new GatewayError('BAD_REQUEST_BODY', { validationError: describe(validate.errors ?? []) });
}

/** AWS's wording is another library's, and not documented. */
function describe(errors: readonly ErrorObject[]): string {
  const texts = errors.map(({ instancePath, message }) => `${instancePath} ${message}`.trim());
  return `[${texts.join(', ')}]`;
}

/**
 * Ajv speaks draft 6 and later. What draft 4 means by other rules is put right here: `exclusiveMinimum` is a Boolean
 * beside `minimum`, and what stands beside a `$ref` is ignored.
 */
function draft04(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    ignoreKeywordsWithRef: true,
    logger: false,
    meta: false,
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    unicodeRegExp: false,
    validateSchema: false,
  });
  addFormats.default(ajv, ['date-time', 'email', 'hostname', 'ipv4', 'ipv6', 'uri']);
  for (const keyword of LATER_KEYWORDS) ajv.removeKeyword(keyword);
  limit(ajv, 'minimum', 'exclusiveMinimum', (value, bound) => value > bound);
  limit(ajv, 'maximum', 'exclusiveMaximum', (value, bound) => value < bound);
  return ajv;
}

function limit(
  ajv: Ajv,
  keyword: string,
  exclusive: string,
  beyond: (value: number, bound: number) => boolean,
): void {
  ajv.removeKeyword(keyword).removeKeyword(exclusive);
  ajv.addKeyword({ keyword: exclusive, schemaType: 'boolean' });
  ajv.addKeyword({
    keyword,
    type: 'number',
    schemaType: 'number',
    compile: (bound: number, parent: Record<string, unknown>) => (value: number) =>
      beyond(value, bound) || (value === bound && parent[exclusive] !== true),
  });
}
