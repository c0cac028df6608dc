import { type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  createRestApi,
  type MethodProperties,
  type RestApiDefinition,
} from '../../../local/api-gateway/rest-api.ts';
import type { AwsRequest, JsonObject } from '../../../local/aws.ts';

export const ROLE = 'arn:aws:iam::111122223333:role/gateway';
export const GET_ITEM = 'arn:aws:apigateway:eu-central-1:dynamodb:action/GetItem';

/** An API without methods; a test adds what matters to it. */
export function api(parts: Partial<RestApiDefinition> = {}): RestApiDefinition {
  return {
    id: 'api-id',
    name: 'remote-services',
    rootResourceId: 'root',
    resources: [{ id: 'things', parentId: 'root', pathPart: 'things' }],
    methods: [],
    models: [],
    requestValidators: [
      { id: 'everything', validateRequestBody: true, validateRequestParameters: true },
      { id: 'nothing', validateRequestBody: false, validateRequestParameters: false },
    ],
    gatewayResponses: [],
    authorizers: [],
    apiKeySource: 'HEADER',
    usagePlans: [],
    stage: { name: 'prod', variables: { table: 'Things' } },
    region: 'eu-central-1',
    accountId: '111122223333',
    ...parts,
  };
}

/** `POST /things` with an integration that puts the given request template through `GetItem`. */
export function method(
  integration: Partial<NonNullable<MethodProperties['Integration']>> = {},
  parts: Partial<MethodProperties> = {},
): MethodProperties {
  return {
    HttpMethod: 'POST',
    ResourceId: 'things',
    AuthorizationType: 'NONE',
    Integration: {
      Type: 'AWS',
      IntegrationHttpMethod: 'POST',
      Uri: GET_ITEM,
      Credentials: ROLE,
      RequestTemplates: { 'application/json': '{}' },
      IntegrationResponses: [{ StatusCode: '200' }],
      ...integration,
    },
    MethodResponses: [{ StatusCode: '200' }],
    ...parts,
  };
}

export interface Started {
  readonly port: number;
  /** What the integrations called, in order. */
  readonly calls: AwsRequest[];
  /** Lines of the log. */
  readonly lines: string[];
}

export type FakeAws = (request: AwsRequest) => JsonObject | Promise<JsonObject>;

/** A running API whose integrations reach a fake; closed when the test ends. */
export async function start(definition: RestApiDefinition, answer: FakeAws = () => ({})): Promise<Started> {
  const calls: AwsRequest[] = [];
  const lines: string[] = [];
  const awsCall = async (call: AwsRequest) => {
    calls.push(call);
    return answer(call);
  };
  const restApi = createRestApi(definition, awsCall, (source, line) => lines.push(`${source}: ${line}`));
  const port = await restApi.listen(0, '127.0.0.1');
  onTestFinished(() => restApi.close());
  return { port, calls, lines };
}

export interface Answered {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** One request on a connection of its own. */
export function send(
  { port }: Started,
  { method = 'POST', path = '/things', headers = {}, body }: Sent = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('end', () => {
        const status = incoming.statusCode ?? 0;
        const received = incoming.headers as Record<string, string>;
        resolve({ status, headers: received, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Sends bytes as they are and reads until the server closes. */
export function sendRaw({ port }: Started, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    for (const part of parts) socket.write(part, 'latin1');
  });
}
