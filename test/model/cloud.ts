import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { type AwsCall, AwsError, type AwsRequest, type Json, type JsonObject } from '../../local/aws.ts';
import { failedMessages } from '../../local/messaging/partial-batch.ts';
import { type Backend, queueName, tableName } from './backend.ts';
import type { Chance } from './chance.ts';
import { inNoTime, wait } from './clock.ts';
import { Queue } from './queue.ts';
import { stateIn, type Witness } from './witness.ts';

const EVENTS_TOPIC = 'blue/EventProcessing/Events';
const OUTGOING_QUEUE = 'blue/OutgoingVehicleCommunication/Commands/Queue';
const EVENTS_TABLE = 'shared/Persistence/Events';
const LEASES_TABLE = 'shared/Persistence/Leases';

const Attributes = z.record(z.string(), z.object({ StringValue: z.string() })).default({});
const Entries = z.array(z.object({ Id: z.string(), MessageBody: z.string(), DelaySeconds: z.number() }));
const StateKey = z.object({
  pk: z.object({ S: z.templateLiteral(['COMMAND#', z.string()]) }),
  sk: z.object({ S: z.literal('STATE') }),
});

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
      backend.queues.map(({ name, visibilitySeconds, maxReceiveCount, batchSize, consumer }) => {
        const consume = (records: SQSRecord[]) => this.#consume(consumer, records);
        const visibilityMs = visibilitySeconds * 1000;
        return [name, new Queue({ visibilityMs, maxReceiveCount, batchSize, consume }, chance)];
      }),
    );
  }

  /** By queue. */
  get deadLetters(): Record<string, string[]> {
    const letters = [...this.#queues].map(([name, queue]) => [name, queue.deadLetters] as const);
    return Object.fromEntries(letters.filter(([, bodies]) => bodies.length > 0));
  }

  /** As a caller over the network sees it. */
  readonly call: AwsCall = async (request) => {
    // A synchronous execution takes its own time.
    const fault = this.#chance.fault(request.service === 'lambda' ? 'functions' : request.service);
    await wait(this.#chance.way());
    if (fault === 'request lost') throw this.#error(fault);
    const answer = await this.effect(request);
    await wait(this.#chance.way());
    if (fault === 'answer lost') throw this.#error(fault);
    return answer;
  };

  /** What a call does, at once and for certain. */
  async effect({
    service,
    action,
    input,
  }: Pick<AwsRequest, 'service' | 'action' | 'input'>): Promise<JsonObject> {
    switch (`${service}:${action}`) {
      case 'sns:Publish':
        return this.#publish(input);
      case 'sqs:SendMessage':
        if (queueName(String(input.QueueUrl)) === OUTGOING_QUEUE)
          this.#witness.sent(String(input.MessageBody));
        this.#queue(input).send(String(input.MessageBody));
        return {};
      case 'sqs:SendMessageBatch':
        return this.#sendBatch(input);
      case 'sqs:ChangeMessageVisibility':
        this.#queue(input).changeVisibility(String(input.ReceiptHandle), Number(input.VisibilityTimeout));
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
    const attributes = Attributes.parse(MessageAttributes);
    if (TopicArn === EVENTS_TOPIC) this.#witness.published(String(Message));
    for (const subscription of this.#backend.subscriptions) {
      const passes = Object.entries(subscription.FilterPolicy).every(([name, values]) =>
        values.includes(attributes[name]?.StringValue ?? ''),
      );
      if (subscription.TopicArn !== TopicArn || !passes) continue;
      this.#queueNamed(subscription.Endpoint).send(String(Message));
    }
    return {};
  }

  #sendBatch(input: JsonObject): JsonObject {
    const entries = Entries.parse(input.Entries);
    const failed = entries.filter(() => this.#chance.fault('sqs') !== 'none');
    for (const entry of entries) {
      if (!failed.includes(entry)) this.#queue(input).send(entry.MessageBody, entry.DelaySeconds);
    }
    return { Failed: failed.map(({ Id }) => ({ Id })) };
  }

  async #database(action: string, input: JsonObject): Promise<JsonObject> {
    const answer = await this.#run(action, input);
    if (action === 'PutItem' || action === 'UpdateItem') await this.#look(input);
    return answer;
  }

  async #look({ TableName, Item, Key = Item }: JsonObject): Promise<void> {
    if (TableName === LEASES_TABLE) this.#witness.claimed(Item);
    const key = StateKey.safeParse(Key).data;
    if (TableName !== EVENTS_TABLE || key === undefined) return;
    const { Item: state } = await this.#run('GetItem', { TableName, Key: { pk: key.pk, sk: key.sk } });
    this.#witness.stood(key.pk.S.replace('COMMAND#', ''), stateIn(state));
  }

  async #run(action: string, input: JsonObject): Promise<JsonObject> {
    const { statusCode, body } = await inNoTime(this.#backend.tables.run(action, withTableNames(input)));
    if (statusCode === 200) return body;
    throw new AwsError(String(body.__type).replace(/^.*#/, ''), String(body.message), statusCode);
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
    return failedMessages(answer, records as never);
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

  #queue({ QueueUrl }: JsonObject): Queue {
    return this.#queueNamed(queueName(String(QueueUrl)));
  }

  #queueNamed(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}`);
    return queue;
  }
}

function withTableNames(input: JsonObject): JsonObject {
  const { TableName, RequestItems } = input;
  if (typeof TableName === 'string') return { ...input, TableName: tableName(TableName) };
  const items = Object.entries(z.record(z.string(), z.json()).parse(RequestItems));
  return { ...input, RequestItems: Object.fromEntries(items.map(([name, item]) => [tableName(name), item])) };
}
