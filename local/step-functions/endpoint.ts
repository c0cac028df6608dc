import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type AwsCall, AwsError, type JsonObject } from '../aws.ts';

export interface Endpoint {
  /** For the SDK inside functions. Its name resolves there only. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Step Functions' HTTP API, as far as functions use it: StartSyncExecution.
 * @param roleOf the role that a caller's access key stands for
 */
export async function startStepFunctionsEndpoint(
  awsCall: AwsCall,
  roleOf: (accessKeyId: string) => string,
): Promise<Endpoint> {
  const handle = async (request: IncomingMessage): Promise<JsonObject> => {
    const [, action] = String(request.headers['x-amz-target']).split('.');
    if (action !== 'StartSyncExecution') {
      throw new AwsError('UnknownOperationException', `${action} is not supported on the local stage`);
    }
    const accessKeyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const input: JsonObject = JSON.parse(await text(request));
    return awsCall({ service: 'states', action, input, role: roleOf(accessKeyId) });
  };

  const server = createServer((request, response) => {
    const answer = (statusCode: number, body: JsonObject) =>
      response
        .writeHead(statusCode, { 'content-type': 'application/x-amz-json-1.0' })
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
    url: `http://states.localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
