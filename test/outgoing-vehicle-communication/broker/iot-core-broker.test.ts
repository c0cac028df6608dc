import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { PeerRefused, PeerUnavailable } from '../../../functions/http/post.ts';
import { iotCoreBroker } from '../../../functions/outgoing-vehicle-communication/broker/iot-core-broker.ts';
import { stubLambdaEnvironment } from '../../aws-environment.ts';
import { brokerMessageTo, VIN } from '../../factories.ts';
import { startPeer } from '../../peer.ts';
import { call, message } from './calls.ts';

/** Long enough for any answer that comes. */
const PATIENCE_MS = 60_000;

/** AWS IoT Core's data plane that answers with this status; without, not at all. */
async function start(status?: number, errorType = '') {
  const requests: { url: URL; body: string }[] = [];
  const { url } = await startPeer(async (request, response) => {
    requests.push({ url: new URL(request.url ?? '', url), body: await text(request) });
    if (status === undefined) return;
    response.writeHead(status, errorType === '' ? {} : { 'x-amzn-errortype': errorType });
    response.end(JSON.stringify({ message: `about ${VIN}`, traceId: '1' }));
  });
  stubLambdaEnvironment('http://127.0.0.1:9/nobody', {
    AWS_ENDPOINT_URL_IOT_DATA_PLANE: new URL(url).origin,
  });
  return { requests, broker: iotCoreBroker() };
}

test('a message is published with its topic, quality of service and expiry, and is taken', async () => {
  const { requests, broker } = await start(200);
  const binary = brokerMessageTo({}, { payload: 'ä🚗', properties: { message_expiry_interval: 12 } });
  expect(await broker.publish(binary, PATIENCE_MS)).toBe('TAKEN');
  expect(requests).toHaveLength(1);
  const [{ url, body } = { url: new URL('http://none'), body: '' }] = requests;
  expect(decodeURIComponent(url.pathname)).toBe(`/topics/${binary.topic}`);
  expect(Object.fromEntries(url.searchParams)).toEqual({ qos: '1', messageExpiry: '12' });
  expect(body).toBe('ä🚗');
});

test.each([
  [400, 'InvalidRequestException', PeerRefused],
  [405, 'MethodNotAllowedException', PeerRefused],
  [413, 'RequestEntityTooLargeException', PeerRefused],
  [401, 'UnauthorizedException', PeerUnavailable],
  [403, 'ForbiddenException', PeerUnavailable],
  [429, 'ThrottlingException', PeerUnavailable],
  [500, 'InternalFailureException', PeerUnavailable],
  [503, 'ServiceUnavailableException', PeerUnavailable],
  [502, '', PeerUnavailable],
])(
  '%i %s is an error, after a single request, that does not name the vehicle',
  async (status, type, kind) => {
    const { requests, broker } = await start(status, type);
    const error = await broker.publish(message, PATIENCE_MS).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toHaveProperty('message', `AWS IoT Core answered ${status}`);
    expect(error).not.toHaveProperty('cause');
    expect(requests).toHaveLength(1);
  },
);

test('a request without an answer is dropped', async () => {
  const { broker } = await start();
  await expect(broker.publish(message, 20)).rejects.toThrow(PeerUnavailable);
});

test('an endpoint that cannot be reached is unavailable', async () => {
  stubLambdaEnvironment('http://127.0.0.1:9', {});
  await expect(iotCoreBroker().publish(message, PATIENCE_MS)).rejects.toThrow(PeerUnavailable);
});

test('it wakes nobody, and needs no request to say so', async () => {
  const { requests, broker } = await start(200);
  await expect(broker.wakeUp(call, PATIENCE_MS)).rejects.toThrow(PeerRefused);
  expect(requests).toEqual([]);
});
