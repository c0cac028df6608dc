import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import * as z from 'zod';
import { stageConfig } from '../../lib/stages.ts';
import { type AwsCall, AwsError, type AwsService, type Json, type JsonObject } from '../../local/aws.ts';
import { createDynalite, type Dynalite } from '../../local/dynamodb/dynalite.ts';
import { ExpressWorkflows } from '../../local/step-functions/executions.ts';
import { type Resource, synthesise } from '../lib/synthesis.ts';
import type { Peers } from './peers.ts';

/** Where a run plays: what the backend calls goes there. */
export interface Surroundings {
  readonly call: AwsCall;
  readonly peers: Pick<Peers, 'post'>;
}

type Handler = (event: unknown) => Promise<Json>;

/**
 * A stage as it is deployed, but for the services that it stands on: the templates say who gets which messages, the
 * workflows run on the local stage's interpreter, the functions are their handlers, and tables are those of dynalite.
 */
export interface Backend {
  readonly queues: readonly QueueResource[];
  readonly subscriptions: readonly SubscriptionResource[];
  readonly tables: Dynalite;
  /** By path. */
  readonly functions: ReadonlyMap<string, Handler>;
  readonly workflows: ExpressWorkflows;
  /** Begins anew: nothing is remembered from the run before, but what stands in the tables. */
  playIn(surroundings: Surroundings): void;
}

export type QueueResource = z.infer<typeof QueueResource>;
const QueueResource = z.object({
  name: z.string(),
  visibilitySeconds: z.number(),
  maxReceiveCount: z.number(),
  batchSize: z.number(),
  /** Path of a function, or of a workflow. */
  consumer: z.string(),
});

export type SubscriptionResource = z.infer<typeof SubscriptionResource>;
const SubscriptionResource = z.object({
  TopicArn: z.string(),
  Endpoint: z.string(),
  RawMessageDelivery: z.literal(true),
  FilterPolicy: z.record(z.string(), z.array(z.string())).default({}),
});

const Queue = z.object({
  VisibilityTimeout: z.number(),
  RedrivePolicy: z.object({ maxReceiveCount: z.number() }),
});
const EventSource = z.object({
  BatchSize: z.number(),
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  FunctionResponseTypes: z.tuple([z.literal('ReportBatchItemFailures')]),
});
const Pipe = z.object({
  Source: z.string(),
  SourceParameters: z.object({ SqsQueueParameters: z.object({ BatchSize: z.number() }) }),
  Target: z.string(),
});
const Workflow = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.string()),
});
const Environment = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

const stage = synthesise(stageConfig('dev-x'));

/** Whoever talks to people, or stands for peers, is not a part of the model. */
const isInModel = ({ path }: Resource): boolean =>
  !path.startsWith('vehicle-simulator/') && !/\/(Authorize|History)$/.test(path);
const all = (type: string): Resource[] => stage.all(type).filter(isInModel);

/**
 * @param breakage replaces modules (`vi.doMock`) before they are loaded
 * @param rewrite changes the workflows' definitions
 */
export async function loadBackend(
  breakage: () => void = () => undefined,
  rewrite: (definition: string) => string = (definition) => definition,
): Promise<Backend> {
  let surroundings: Surroundings | undefined;
  const current = (): Surroundings => surroundings ?? raise('Nothing is played yet');
  const restarts: (() => void)[] = [];

  for (const [client, service] of [
    [DynamoDBClient, 'dynamodb'],
    [SFNClient, 'states'],
    [SNSClient, 'sns'],
    [SQSClient, 'sqs'],
  ] as const) {
    vi.spyOn(client.prototype, 'send').mockImplementation((command: SdkCommand) =>
      answerSdk(current().call, service, command),
    );
  }
  vi.resetModules();
  vi.doMock('../../functions/http/peer-post.ts', async () => {
    const { accepted, PeerUnavailable } = await import('../../functions/http/post.ts');
    return {
      peerPosts: () => (url: string) => async (body: Json, timeoutMs: number) => {
        const status = await current().peers.post(new URL(url), body, timeoutMs);
        if (status === undefined) throw new PeerUnavailable('no answer');
        return accepted(new URL(url), status);
      },
    };
  });
  vi.doMock(
    '../../functions/outgoing-vehicle-communication/broker/breaker.ts',
    async (
      original: () => Promise<
        typeof import('../../functions/outgoing-vehicle-communication/broker/breaker.ts')
      >,
    ) => {
      const { withBreaker, ...others } = await original();
      return {
        ...others,
        // Each run has an execution environment of its own, whose breaker knows of no run before.
        withBreaker: (broker: Parameters<typeof withBreaker>[0]) => {
          let breaking = withBreaker(broker);
          restarts.push(() => {
            breaking = withBreaker(broker);
          });
          const through: typeof breaking = {
            publish: (...request) => breaking.publish(...request),
            wakeUp: (...request) => breaking.wakeUp(...request),
          };
          return through;
        },
      };
    },
  );
  breakage();

  return {
    queues: queues(),
    subscriptions: all('AWS::SNS::Subscription').map(({ properties }) =>
      SubscriptionResource.parse(properties),
    ),
    tables: await tables(),
    functions: await functions(),
    workflows: workflows((request) => current().call(request), rewrite),
    playIn(next) {
      surroundings = next;
      for (const restart of restarts) restart();
    },
  };
}

function queues(): QueueResource[] {
  const consumers = [
    ...all('AWS::Lambda::EventSourceMapping').map(({ properties }) => {
      const { EventSourceArn, BatchSize, FunctionName } = EventSource.parse(properties);
      return { name: EventSourceArn, batchSize: BatchSize, consumer: FunctionName };
    }),
    ...all('AWS::Pipes::Pipe').map(({ properties }) => {
      const { Source, SourceParameters, Target } = Pipe.parse(properties);
      return { name: Source, batchSize: SourceParameters.SqsQueueParameters.BatchSize, consumer: Target };
    }),
  ];
  return consumers.map((consumer) => {
    const { VisibilityTimeout, RedrivePolicy } = Queue.parse(stage.at(consumer.name).properties);
    const { maxReceiveCount } = RedrivePolicy;
    return { ...consumer, visibilitySeconds: VisibilityTimeout, maxReceiveCount };
  });
}

async function functions(): Promise<Map<string, Handler>> {
  const handlers = new Map<string, Handler>();
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  for (const lambda of all('AWS::Lambda::Function')) {
    const { Variables } = Environment.parse(lambda.properties).Environment;
    for (const [name, value] of Object.entries(Variables)) {
      // A queue's URL is its path here, as everything's name is.
      vi.stubEnv(name, name.endsWith('QUEUE_URL') ? new URL(value, QUEUES).href : value);
    }
    const { handler } = await import(`../../${stage.entryOf(lambda)}`);
    handlers.set(lambda.path, handler);
  }
  return handlers;
}

const QUEUES = 'https://queues.example/';
export const queueName = (url: string): string => url.replace(QUEUES, '');

function workflows(call: AwsCall, rewrite: (definition: string) => string): ExpressWorkflows {
  const machines = new ExpressWorkflows(call, () => undefined);
  for (const { path, properties } of all('AWS::StepFunctions::StateMachine')) {
    const { DefinitionString, DefinitionSubstitutions } = Workflow.parse(properties);
    const definition = DefinitionString.replaceAll(
      /\$\{(\w+)\}/g,
      (_, name: string) => DefinitionSubstitutions[name] ?? '',
    );
    machines.create(path, { name: path, definition: rewrite(definition), role: path });
  }
  return machines;
}

/** DynamoDB takes no slashes in names. */
export const tableName = (path: string): string => path.replaceAll('/', '.');

async function tables(): Promise<Dynalite> {
  const dynalite = await createDynalite();
  for (const { path, properties } of all('AWS::DynamoDB::GlobalTable')) {
    const { AttributeDefinitions = [], KeySchema = [] } = properties;
    const TableName = tableName(path);
    await dynalite.run('CreateTable', {
      TableName,
      AttributeDefinitions,
      KeySchema,
      BillingMode: 'PAY_PER_REQUEST',
    });
    await vi.waitFor(async () => {
      const { body } = await dynalite.run('DescribeTable', { TableName });
      z.object({ Table: z.object({ TableStatus: z.literal('ACTIVE') }) }).parse(body);
    });
  }
  return dynalite;
}

interface SdkCommand {
  readonly input: object;
}

/** The SDK without HTTP. */
async function answerSdk(call: AwsCall, service: AwsService, command: SdkCommand): Promise<JsonObject> {
  const action = command.constructor.name.replace(/Command$/, '');
  try {
    return await call({
      service,
      action,
      input: JSON.parse(JSON.stringify(command.input)),
      role: 'function',
    });
  } catch (error) {
    if (error instanceof AwsError && error.name === 'ConditionalCheckFailedException') {
      throw new ConditionalCheckFailedException({ message: error.message, $metadata: {} });
    }
    throw error;
  }
}

function raise(message: string): never {
  throw new Error(message);
}
