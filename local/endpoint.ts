import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsError, type JsonObject } from './aws.ts';

export interface Endpoint {
  /** For the SDK inside functions. Its name resolves there only. */
  readonly url: string;
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
  const handle = async (request: IncomingMessage): Promise<JsonObject> => {
    const [, action = ''] = String(request.headers['x-amz-target']).split('.');
    const accessKeyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    return call({ action, input: JSON.parse(await text(request)), role: roleOf(accessKeyId) });
  };

  const server = createServer((request, response) => {
    const answer = (statusCode: number, body: JsonObject) =>
      response
        .writeHead(statusCode, { 'content-type': `application/x-amz-json-${version}` })
        .end(JSON.stringify(body));
    handle(request).then(
      (body) => answer(200, body),
      (error: unknown) =>
        error instanceof AwsError
          ? answer(error.statusCode, { __type: error.name, message: error.message })
          : answer(500, { __type: 'InternalServerError', message: String(error) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${service}.localhost:${port}`,
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
