import type { IncomingHttpHeaders } from 'node:http';
import type { buildApp } from 'fauxqs';
import type { JsonObject } from '../aws.ts';
import { accessKeyIdOf } from './access-key.ts';
import { CHUNK, requestsOf } from './units.ts';

/** A call of SNS or SQS by the SDK of a function or tool. */
export interface MessagingCall {
  readonly service: 'sns' | 'sqs';
  /** Who calls: of a function its name. */
  readonly accessKeyId: string;
  /** ARN of a topic, URL of a queue. */
  readonly resource: string;
  /** As how many it is billed. */
  readonly requests: number;
}

/** Is told of each call that was done, whatever is answered then. */
export type OnMessagingCall = (call: MessagingCall) => void;

/** Tells of the calls that come by HTTP, in process or not. Before the hooks that make them fail afterwards. */
export function watchCalls(app: ReturnType<typeof buildApp>, onCall: OnMessagingCall): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const { headers, body } = request;
    if (reply.statusCode === 200 && typeof body === 'object' && body !== null) {
      onCall(messagingCall(headers, body as JsonObject, Number(headers['content-length'])));
    }
    done(null, payload);
  });
}

/**
 * @param input of the action, with the resource's ARN or URL
 * @param length of the request's body
 */
export const messagingCall = (
  { 'x-amz-target': target, authorization }: IncomingHttpHeaders,
  { TopicArn, QueueUrl, ...input }: JsonObject,
  length: number,
): MessagingCall => ({
  // SNS speaks in forms, SQS in JSON with a target.
  service: target === undefined ? 'sns' : 'sqs',
  accessKeyId: accessKeyIdOf(authorization),
  resource: String(TopicArn ?? QueueUrl),
  // What is small with all its encoding need not be measured.
  requests: length <= CHUNK ? 1 : requestsOfPayload(input),
});

/** @param input of an action that publishes or sends; that of any other is small */
export function requestsOfPayload(input: JsonObject): number {
  // UTF-8 needs at most three bytes for a UTF-16 unit: what is short, as nearly all is, need not be encoded.
  if (sizeOf(input, (text) => text.length) * 3 <= CHUNK) return 1;
  return requestsOf(sizeOf(input, Buffer.byteLength));
}

/** Of all texts of a message or of a batch: bodies, and names, types and values of attributes. */
function sizeOf(value: JsonObject[string], measure: (text: string) => number): number {
  if (typeof value === 'string') return measure(value);
  if (typeof value !== 'object' || value === null) return 0;
  let size = 0;
  for (const [name, member] of Object.entries(value)) size += name.length + sizeOf(member, measure);
  return size;
}
