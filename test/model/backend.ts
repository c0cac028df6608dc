import { fileURLToPath } from 'node:url';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { type AwsCall, AwsError, type AwsRequest, type Json, type JsonObject } from '../../local/aws.ts';
import { ExpressWorkflows } from '../../local/step-functions/executions.ts';
import type { Breakage } from './breakages.ts';
import { startClock } from './clock.ts';
import { type Database, openDatabase } from './database.ts';
import type { Peers } from './peers.ts';
import { functions, workflows } from './wiring.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const QUEUES = 'https://queues.example/';

/** Where a run plays: what the backend calls goes there. */
interface Surroundings {
  readonly call: AwsCall;
  readonly peers: Pick<Peers, 'post'>;
}

type Handler = (event: unknown) => Promise<Json>;

/** The product itself, loaded once for many runs. */
export interface Backend {
  readonly database: Database;
  readonly workflows: ExpressWorkflows;
  /** The handlers by the functions' paths. */
  readonly functions: ReadonlyMap<string, Handler>;
  /** Begins a run: it knows of no other but what stands in the tables. */
  playIn(surroundings: Surroundings): void;
}

/** Loads workflows and functions, and starts the virtual clock. @param breakage what to break */
export async function loadBackend({ text, replaceModules }: Partial<Breakage> = {}): Promise<Backend> {
  const broken = (json: string): string => (text === undefined ? json : json.replaceAll(...text));
  let surroundings: Surroundings | undefined;
  const current = (): Surroundings => {
    if (surroundings === undefined) throw new Error('Nothing is played yet');
    return surroundings;
  };
  const call: AwsCall = (request) => current().call(request);

  const database = await openDatabase();
  // Before the functions are loaded: they keep Date.now.
  startClock();
  vi.resetModules();
  answerSdk((request) => call({ ...request, input: JSON.parse(broken(JSON.stringify(request.input))) }));
  answerPosts((...request) => current().peers.post(...request));
  const renewBreaker = renewableBreaker();
  replaceModules?.();

  const machines = new ExpressWorkflows(call, () => undefined);
  for (const { path, definition } of workflows) {
    machines.create(path, { name: path, definition: broken(definition), role: path });
  }
  return {
    database,
    workflows: machines,
    functions: await handlers(),
    playIn(next) {
      surroundings = next;
      renewBreaker();
    },
  };
}

async function handlers(): Promise<Map<string, Handler>> {
  const loaded = new Map<string, Handler>();
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  for (const { path, entry, variables } of functions) {
    for (const [name, value] of Object.entries(variables)) {
      vi.stubEnv(name, name.endsWith('QUEUE_URL') ? QUEUES + value : value);
    }
    const { handler } = await import(`${ROOT}${entry}`);
    loaded.set(path, handler);
  }
  return loaded;
}

/** @param url or its path, as workflows have it */
export const queueName = (url: string): string => url.replace(QUEUES, '');

/** The SDK without HTTP. */
function answerSdk(call: AwsCall): void {
  const clients = { dynamodb: DynamoDBClient, states: SFNClient, sns: SNSClient, sqs: SQSClient } as const;
  const answer = async (request: AwsRequest): Promise<JsonObject> => {
    try {
      return await call(request);
    } catch (error) {
      if (!(error instanceof AwsError) || error.name !== 'ConditionalCheckFailedException') throw error;
      throw new ConditionalCheckFailedException({ message: error.message, $metadata: {} });
    }
  };
  for (const service of ['dynamodb', 'states', 'sns', 'sqs'] as const) {
    vi.spyOn(clients[service].prototype, 'send').mockImplementation((command: { readonly input: object }) => {
      const action = command.constructor.name.replace(/Command$/, '');
      const input = JSON.parse(JSON.stringify(command.input));
      return answer({ service, action, input, role: 'function' });
    });
  }
}

/** HTTP without a network, and without its time-outs in real time. */
function answerPosts(post: Peers['post']): void {
  vi.doMock('../../functions/http/peer-post.ts', async () => {
    const { accepted, PeerUnavailable } = await import('../../functions/http/post.ts');
    return {
      peerPosts: () => (url: string) => async (body: Json, timeoutMs: number) => {
        const target = new URL(url);
        const status = await post(target, body, timeoutMs);
        if (status === undefined) throw new PeerUnavailable('no answer');
        return accepted(target, status);
      },
    };
  });
}

type BreakerModule = typeof import('../../functions/outgoing-vehicle-communication/broker/breaker.ts');

/** A run is an execution environment of its own, whose circuit breaker has seen nothing yet. */
function renewableBreaker(): () => void {
  let renew = (): void => undefined;
  vi.doMock(
    '../../functions/outgoing-vehicle-communication/broker/breaker.ts',
    async (original: () => Promise<BreakerModule>): Promise<BreakerModule> => {
      const module = await original();
      return {
        ...module,
        withBreaker: (broker) => {
          let breaking = module.withBreaker(broker);
          renew = () => {
            breaking = module.withBreaker(broker);
          };
          return {
            publish: (...request) => breaking.publish(...request),
            wakeUp: (...request) => breaking.wakeUp(...request),
          };
        },
      };
    },
  );
  return () => renew();
}
