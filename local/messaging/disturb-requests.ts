import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { buildApp } from 'fauxqs';
import type { JsonObject } from '../aws.ts';
import type { Faults } from '../faults/faults.ts';
import { type Disturbance, disturbanceOf, type ServiceCall } from '../faults/service-faults.ts';

/** Says which of SQS's actions is called; SNS's form names its own. */
const TARGET = 'x-amz-target';

const JSON_TYPE = 'application/x-amz-json-1.0';
const XML_TYPE = 'text/xml';

type Failure = NonNullable<Disturbance['failure']>;

/** Lets faults strike the calls that come over HTTP: SQS's in JSON, SNS's as forms. */
export function disturbRequests(app: ReturnType<typeof buildApp>, faults: Faults): void {
  /** Of requests whose effect comes first. */
  const failures = new WeakMap<object, Failure>();

  app.addHook('preHandler', (request, reply, done) => {
    const call = faults.any ? callOf(request.headers, request.body) : undefined;
    const disturbance = call === undefined ? undefined : disturbanceOf(faults, call);
    if (disturbance === undefined) {
      done();
      return;
    }
    const { delayMs, failure } = disturbance;
    void wait(delayMs).then(() => {
      if (failure === undefined || failure.effect) {
        if (failure !== undefined) failures.set(request, failure);
        done();
      } else {
        reply.status(failure.status).type(isJson(request.headers) ? JSON_TYPE : XML_TYPE);
        reply.send(bodyOf(request.headers, failure));
      }
    });
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    const failure = reply.statusCode === 200 ? failures.get(request) : undefined;
    if (failure !== undefined) reply.status(failure.status);
    done(null, failure === undefined ? payload : bodyOf(request.headers, failure));
  });
}

/** @returns `undefined` for what is neither service's */
function callOf(headers: IncomingHttpHeaders, body: unknown): ServiceCall | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const input = body as JsonObject;
  const { [TARGET]: target } = headers;
  if (typeof target === 'string') return { service: 'sqs', action: target.split('.').at(-1) ?? '', input };
  return typeof input.Action === 'string' ? { service: 'sns', action: input.Action, input } : undefined;
}

const isJson = (headers: IncomingHttpHeaders): boolean => headers[TARGET] !== undefined;

/** The names and messages of failures hold nothing that XML would have to escape. */
const bodyOf = (headers: IncomingHttpHeaders, { name, message, status }: Failure): string =>
  isJson(headers)
    ? JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message })
    : '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error>' +
      `<Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${name}</Code><Message>${message}</Message>` +
      '</Error></ErrorResponse>';
