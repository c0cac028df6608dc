import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { type AwsCall, AwsError, type AwsRequest, type Json, type JsonObject } from '../../local/aws.ts';
import { type Backend, queueName } from './backend.ts';
import type { Chance } from './chance.ts';
import { wait } from './clock.ts';
import { Queue } from './queue.ts';
import type { Party } from './scenario.ts';
import { queues, subscribersOf } from './wiring.ts';
import { stateIn, type Witness } from './witness.ts';

const EVENTS_TOPIC = 'blue/EventProcessing/Events';
const OUTGOING_QUEUE = 'blue/OutgoingVehicleCommunication/Commands/Queue';
const EVENTS_TABLE = 'shared/Persistence/Events';
const LEASES_TABLE = 'shared/Persistence/Leases';

const Attributes = z.record(z.string(), z.object({ StringValue: z.string() })).default({});
const Batch = z.array(z.object({ Id: z.string(), MessageBody: z.string(), DelaySeconds: z.number() }));
const Response = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });
const StateKey = z.object({
  pk: z.object({ S: z.templateLiteral(['COMMAND#', z.string()]) }),
  sk: z.object({ S: z.literal('STATE') }),
});

/** The front door and its alarms have no part in what becomes of a command. */
function partyOf(service: AwsRequest['service']): Party {
  if (service === 'cloudwatch' || service === 'elasticloadbalancing') {
    throw new Error(`The model does not know ${service}`);
  }
  return service === 'lambda' ? 'functions' : service;
}

/** The AWS services below the backend: every call takes time, and may fail before or after its effect. */
export class Cloud {
  readonly #backend: Backend;
  readonly #chance: Chance;
  readonly #witness: Witness;
  readonly #queues: ReadonlyMap<string, Queue>;

  constructor(backend: Backend, chance: Chance, witness: Witness) {
    this.#backend = backend;
    this.#chance = chance;
    this.#witness = witness;
    this.#queues = new Map(
      queues.map(({ name, consumer, ...options }) => {
        const consume = (records: SQSRecord[]) => this.#consume(consumer, records);
        return [name, new Queue({ ...options, consume }, chance)];
      }),
    );
  }

  /** Bodies. */
  get deadLetters(): string[] {
    return [...this.#queues.values()].flatMap((queue) => queue.deadLetters);
  }

  send(queue: string, body: string, delaySeconds = 0): void {
    if (queue === OUTGOING_QUEUE) this.#witness.sent(body);
    this.#queue(queue).send(body, delaySeconds);
  }

  /** As a caller over the network sees it. */
  readonly call: AwsCall = async (request) => {
    // A synchronous execution takes its own time.
    const fault = this.#chance.fault(partyOf(request.service));
    await wait(this.#chance.way());
    if (fault === 'request lost') throw this.#error(fault);
    const answer = await this.#effect(request);
    await wait(this.#chance.way());
    if (fault === 'answer lost') throw this.#error(fault);
    return answer;
  };

  /** What a call does. */
  async #effect({ service, action, input }: AwsRequest): Promise<JsonObject> {
    const queue = queueName(String(input.QueueUrl));
    switch (`${service}:${action}`) {
      case 'sns:Publish':
        return this.#publish(input);
      case 'sqs:SendMessage':
        this.send(queue, String(input.MessageBody));
        return {};
      case 'sqs:SendMessageBatch':
        return this.#sendBatch(queue, input);
      case 'sqs:ChangeMessageVisibility':
        this.#queue(queue).changeVisibility(String(input.ReceiptHandle), Number(input.VisibilityTimeout));
        return {};
      case 'states:StartSyncExecution':
        return this.#backend.workflows.startSync(input);
      case 'lambda:Invoke':
        return { StatusCode: 200, Payload: await this.#function(String(input.FunctionName))(input.Payload) };
      default:
        if (service === 'dynamodb') return this.#database(action, input);
        throw new Error(`The model does not know ${service}:${action}`);
    }
  }

  /** Some errors are retried by whoever knows them, others are not. */
  #error(message: string): AwsError {
    const name = this.#chance.happens(0.5) ? 'InternalServerError' : 'ServiceUnavailable';
    return new AwsError(name, message, 500);
  }

  #publish({ TopicArn, Message, MessageAttributes }: JsonObject): JsonObject {
    const attributes = Object.entries(Attributes.parse(MessageAttributes));
    if (TopicArn === EVENTS_TOPIC) this.#witness.published(String(Message));
    const values = Object.fromEntries(attributes.map(([name, { StringValue }]) => [name, StringValue]));
    for (const queue of subscribersOf(String(TopicArn), values)) this.send(queue, String(Message));
    return {};
  }

  /** A batch may be taken in part. */
  #sendBatch(queue: string, { Entries }: JsonObject): JsonObject {
    const Failed: JsonObject[] = [];
    for (const { Id, MessageBody, DelaySeconds } of Batch.parse(Entries)) {
      if (this.#chance.fault('sqs') === 'none') this.send(queue, MessageBody, DelaySeconds);
      else Failed.push({ Id });
    }
    return { Failed };
  }

  async #database(action: string, input: JsonObject): Promise<JsonObject> {
    const answer = await this.#backend.database(action, input);
    if (action === 'PutItem' || action === 'UpdateItem') await this.#look(input);
    return answer;
  }

  async #look({ TableName, Item, Key = Item }: JsonObject): Promise<void> {
    if (TableName === LEASES_TABLE) this.#witness.claimed(Item);
    const key = StateKey.safeParse(Key).data;
    if (TableName !== EVENTS_TABLE || key === undefined) return;
    const { Item: state } = await this.#backend.database('GetItem', {
      TableName,
      Key: { pk: key.pk, sk: key.sk },
    });
    this.#witness.stood(key.pk.S.replace('COMMAND#', ''), stateIn(state));
  }

  /** An event source mapping, or a pipe. */
  async #consume(consumer: string, records: SQSRecord[]): Promise<string[]> {
    const fault = this.#chance.fault('functions');
    const all = records.map(({ messageId }) => messageId);
    if (fault === 'request lost') return all;
    const answer = await this.#answerOf(consumer, records).catch((error: unknown) => {
      if (error instanceof AwsError) return undefined;
      throw error;
    });
    if (answer === undefined || fault === 'answer lost') return all;
    return Response.parse(answer).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  /** @returns undefined if an execution failed */
  async #answerOf(consumer: string, records: SQSRecord[]): Promise<Json | undefined> {
    if (this.#backend.functions.has(consumer)) return this.#function(consumer)({ Records: records });
    const request = { stateMachineArn: consumer, input: JSON.stringify(records) };
    const { status, output } = await this.#backend.workflows.startSync(request);
    return status === 'SUCCEEDED' ? JSON.parse(String(output)) : undefined;
  }

  #function(name: string) {
    const handler = this.#backend.functions.get(name);
    if (handler === undefined) throw new Error(`There is no function ${name}`);
    return handler;
  }

  #queue(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}`);
    return queue;
  }
}
