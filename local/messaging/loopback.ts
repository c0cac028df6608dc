import type { buildApp } from 'fauxqs';
import { AwsError, type JsonObject } from '../aws.ts';
import type { Faults } from '../faults/faults.ts';
import type { AnswerLoopback } from '../loopback.ts';
import { messagingCall, type OnMessagingCall } from '../metering/messaging-calls.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';

const TARGET = 'x-amz-target';

/** What functions do for each command. The rest is rare enough for fauxqs's own way. */
const IN_PROCESS = ['AmazonSQS.SendMessage', 'AmazonSQS.SendMessageBatch'];

/**
 * Answers the requests of functions: sends in process, others by the HTTP interface, without a socket. Whatever goes
 * wrong is an answer: nobody could catch it.
 */
export function messagingLoopback(
  app: ReturnType<typeof buildApp>,
  faults: Faults,
  send: (action: string, input: JsonObject) => JsonObject,
  onCall: OnMessagingCall,
): AnswerLoopback {
  return async ({ headers, body }) => {
    const { [TARGET]: target = '' } = headers;
    try {
      const result = faults.any || !IN_PROCESS.includes(target) ? undefined : sendInProcess(target, body);
      if (result !== undefined) {
        onCall(messagingCall(headers, result.input, body.length));
        return { statusCode: 200, contentType: CONTENT_TYPE, body: JSON.stringify(result.output) };
      }
      const answer = await app.inject({ method: 'POST', url: '/', headers, payload: body });
      const { 'content-type': contentType, 'x-amzn-query-error': queryError } = answer.headers;
      return {
        statusCode: answer.statusCode,
        contentType: String(contentType),
        ...(queryError === undefined ? {} : { queryError: String(queryError) }),
        body: answer.body,
      };
    } catch (error) {
      const failure = new AwsError('InternalFailure', String(error), 500);
      return { statusCode: 500, contentType: CONTENT_TYPE, body: errorBody(failure) };
    }
  };

  /** @returns undefined for what is refused, and will be again by the HTTP interface, in all its words */
  function sendInProcess(target: string, body: string) {
    try {
      const input: JsonObject = JSON.parse(body);
      return { input, output: send(target.slice(target.indexOf('.') + 1), input) };
    } catch (error) {
      if (error instanceof AwsError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

/** An error of SQS, as its JSON protocol writes it. */
export const errorBody = ({ name, message }: AwsError): string =>
  JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message });
