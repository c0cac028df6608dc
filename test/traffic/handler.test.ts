import { SFNClient, type StartSyncExecutionCommandInput } from '@aws-sdk/client-sfn';
import { beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { deserialise } from '../../functions/traffic/deserialise/deserialise.ts';
import { vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import type { MessagingEngine } from '../../local/messaging/engine.ts';
import { failed, stubLambdaEnvironment } from '../aws-environment.ts';
import { REQUESTED_AT, sqsRecord, VIN, vehicleAnswer } from '../factories.ts';
import { startMessaging } from '../local/messaging/start.ts';

const { answer: payload, answerTopic } = vehicleGeneration('http-2013');
const answer = JSON.stringify({ topic: answerTopic(VIN), payload: z.encode(payload, vehicleAnswer()) });
const ROUTING = 'arn:aws:states:eu-central-1:000000000000:stateMachine:routing';

let engine: MessagingEngine;
let deadLetters: { arn: string; url: string };
beforeEach(async () => {
  engine = await startMessaging();
  deadLetters = engine.createQueue('dead-letters', {});
  stubLambdaEnvironment(engine.endpoint, {
    ROUTING_STATE_MACHINE_ARN: ROUTING,
    DEAD_LETTER_QUEUE_URL: deadLetters.url,
  });
});
const load = async () => (await import('../../functions/traffic/deserialise/handler.ts')).handler;

/** The routing workflow, which ends like this. */
function routing(status: 'SUCCEEDED' | 'FAILED') {
  const inputs: unknown[] = [];
  vi.spyOn(SFNClient.prototype, 'send').mockImplementation(async (command) => {
    const { stateMachineArn, input = '' } = command.input as StartSyncExecutionCommandInput;
    expect(stateMachineArn).toBe(ROUTING);
    inputs.push(JSON.parse(input));
    return { status };
  });
  return inputs;
}

test('an answer is routed in the backend’s terms, as of when it first came out of the queue', async () => {
  const inputs = routing('SUCCEEDED');
  const handler = await load();
  const record = sqsRecord(answer, 'answer', {
    // With a delay it lies in the queue for a time that is not the vehicle's.
    SentTimestamp: String(REQUESTED_AT - 24_000),
    ApproximateReceiveCount: '2',
  });
  expect(await handler({ Records: [record] })).toEqual(failed());
  expect(inputs).toEqual([{ message: deserialise(answer, REQUESTED_AT) }]);
});

test('an answer that could not be routed comes back', async () => {
  routing('FAILED');
  const handler = await load();
  expect(await handler({ Records: [sqsRecord(answer, 'answer')] })).toEqual(failed('answer'));
  expect(engine.peek(deadLetters.arn)).toEqual([]);
});

test('a malformed message is a dead letter at once, unchanged, with the reason', async () => {
  const inputs = routing('SUCCEEDED');
  const handler = await load();
  const records = [sqsRecord('rubbish {', 'malformed'), sqsRecord(answer, 'answer')];
  expect(await handler({ Records: records })).toEqual(failed());
  expect(inputs).toHaveLength(1);
  expect(engine.peek(deadLetters.arn)).toMatchObject([
    {
      body: 'rubbish {',
      messageAttributes: {
        reason: { dataType: 'String', stringValue: 'broker delivery: not JSON' },
        messageId: { dataType: 'String', stringValue: 'malformed' },
      },
    },
  ]);
});

test('a malformed message that could not be set aside comes back', async () => {
  stubLambdaEnvironment(engine.endpoint, {
    DEAD_LETTER_QUEUE_URL: `${engine.endpoint}/000000000000/none`,
  });
  const handler = await load();
  expect(await handler({ Records: [sqsRecord('rubbish {', 'malformed')] })).toEqual(failed('malformed'));
});
