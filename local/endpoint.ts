import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsError, type JsonObject } from './aws.ts';
import { type AnswerLoopback, answerLoopback, type ConnectLoopback } from './loopback.ts';

export interface Endpoint {
  /** For the SDK inside functions. Its name resolves there only. */
  readonly url: string;
  /** The same without the network. */
  readonly loopback: ConnectLoopback;
  close(): Promise<void>;
}

/** What the code of a function asks of a service. */
interface SdkCall {
  readonly action: string;
  readonly input: JsonObject;
  /** ARN of the role that the function acts in; empty for a caller that is no function. */
  readonly role: string;
}

export interface EndpointOptions {
  /** The service's name in host names. */
  readonly service: string;
  /** Of AWS's JSON protocol. */
  readonly version: '1.0' | '1.1';
  /** The role that a caller's access key stands for. */
  readonly roleOf: (accessKeyId: string) => string;
  /** @throws AwsError as the service would answer it */
  readonly call: (call: SdkCall) => Promise<JsonObject>;
}

/** The HTTP API of an AWS service that speaks a JSON protocol. */
export async function startEndpoint({ service, version, roleOf, call }: EndpointOptions): Promise<Endpoint> {
  const contentType = `application/x-amz-json-${version}`;
  const answer = (statusCode: number, body: JsonObject) => ({
    statusCode,
    contentType,
    body: JSON.stringify(body),
  });
  const answerTo: AnswerLoopback = async ({ headers, body }) => {
    const [, action = ''] = (headers['x-amz-target'] ?? '').split('.');
    const accessKeyId = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
    try {
      return answer(200, await call({ action, input: JSON.parse(body), role: roleOf(accessKeyId) }));
    } catch (error) {
      return error instanceof AwsError
        ? answer(error.statusCode, { __type: error.name, message: error.message })
        : answer(500, { __type: 'InternalServerError', message: String(error) });
    }
  };

  const server = createServer(async (request, response) => {
    const { authorization = '', 'x-amz-target': target = '' } = request.headers;
    const headers = { authorization, 'x-amz-target': String(target) };
    const { statusCode, body } = await answerTo({ headers, body: await text(request) });
    response.writeHead(statusCode, { 'content-type': contentType }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${service}.localhost:${port}`,
    loopback: (functionPort) => answerLoopback(functionPort, answerTo),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The same endpoint for tools, outside of functions, where not every machine resolves names below localhost. */
export const forTools = (url: string): string => url.replace(/\/\/[\w-]+\.localhost:/, '//127.0.0.1:');

/** The service has more actions than this one. */
export const unsupported = (action: string): AwsError =>
  new AwsError('UnknownOperationException', `${action} is not supported on the local stage`);
