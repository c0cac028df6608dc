import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import { AwsError, type JsonObject } from '../aws.ts';
import { Faults } from '../faults/faults.ts';
import { disturbanceOf } from '../faults/service-faults.ts';
import type { ConnectLoopback } from '../loopback.ts';
import { outbox } from '../outbox.ts';
import type { Consumed } from './consumption.ts';
import type { Instruction, Message, Question, ServerSetup } from './server.ts';
import { keysOf, readTable, type TimeToLive } from './table.ts';
import { sweepExpired } from './time-to-live.ts';

export interface DynamoDbEngine {
  /** `http://127.0.0.1:<port>`, for the SDK. */
  readonly endpoint: string;
  /** The same for functions, without the network. */
  readonly loopback: ConnectLoopback;
  /**
   * Creates a table, or takes the one that stands on disk.
   * @param properties of an `AWS::DynamoDB::Table` or `AWS::DynamoDB::GlobalTable`, resolved
   * @throws Error that names a property which the local stage does not know, and if the table on disk has other
   * keys; AwsError
   */
  createTable(properties: JsonObject, name: string): Promise<{ arn: string }>;
  /**
   * Calls an action, past HTTP.
   * @param caller who pays; by default nobody, as for tools
   * @throws AwsError as DynamoDB answers; Error if its thread has died
   */
  call(action: string, input: JsonObject, caller?: string): Promise<JsonObject>;
  /** What callers have used so far: in process by the name that they say, functions by their access key. */
  consumption(): Promise<readonly Consumed[]>;
  close(): Promise<void>;
}

const SERVER = new URL('./server.ts', import.meta.url);

const SWEEP_EVERY_MS = 60_000;

interface Pending {
  resolve(body: JsonObject): void;
  reject(error: Error): void;
}

/** Starts DynamoDB (dynalite) in a thread of its own, where its work does not hold up ours. */
export async function startDynamoDb(options: {
  region: string;
  accountId: string;
  /** Its file, for one process at a time; without, all is in memory. */
  path?: string | undefined;
  /** What may strike the calls over HTTP; to those in process, whoever calls applies them. */
  faults?: Faults;
}): Promise<DynamoDbEngine> {
  const { path, faults = new Faults() } = options;
  const worker = new Worker(SERVER, {
    workerData: { path } satisfies ServerSetup,
    env: { AWS_REGION: options.region, AWS_ACCOUNT_ID: options.accountId },
  });

  const where = path === undefined ? '' : ` on ${path}`;
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let end: Error | undefined;
  const stop = (error: Error): void => {
    end ??= error;
    for (const { reject } of pending.values()) reject(end);
    pending.clear();
  };

  const tell = outbox<Instruction>(worker);
  faults.onChange(() => {
    tell({ faults: faults.has((fault) => 'service' in fault && fault.service === 'dynamodb') });
  });

  const closed = Promise.withResolvers<void>();
  const started = Promise.withResolvers<number>();
  worker.on('message', (messages: readonly Message[]) => {
    for (const message of messages) hear(message);
  });
  const hear = (message: Message): void => {
    if ('port' in message) {
      started.resolve(message.port);
      return;
    }
    if ('question' in message) {
      const { question, action, input } = message;
      tell({ question, disturbance: disturbanceOf(faults, { service: 'dynamodb', action, input }) });
      return;
    }
    const { id, statusCode, body } = message;
    const request = pending.get(id);
    pending.delete(id);
    if (statusCode === 200) request?.resolve(body);
    else request?.reject(awsError(statusCode, body));
  };
  worker.on('error', (error) =>
    stop(new Error(`DynamoDB has failed${where}. ${error.message}`, { cause: error })),
  );
  worker.on('exit', (code) => {
    stop(new Error(`DynamoDB's thread ended unexpectedly (${code})`));
    started.reject(end);
    closed.resolve();
  });
  const endpoint = `http://127.0.0.1:${await started.promise}`;

  const ask = (request: Question): Promise<JsonObject> => {
    if (end !== undefined) return Promise.reject(end);
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    lastId += 1;
    pending.set(lastId, { resolve, reject });
    tell({ id: lastId, ...request });
    return promise;
  };
  const call: DynamoDbEngine['call'] = (action, input, caller = '') => ask({ action, input, caller });

  const expiring = new Map<string, TimeToLive>();
  let timer: NodeJS.Timeout | undefined;
  const sweepLater = (): void => {
    timer = setTimeout(async () => {
      await sweepAll(call, expiring);
      if (end === undefined) sweepLater();
    }, SWEEP_EVERY_MS).unref();
  };
  sweepLater();

  return {
    endpoint,
    loopback: (port) => worker.postMessage([{ loopback: port }] satisfies Instruction[], [port]),
    call,
    consumption: async () => (await ask({ consumption: true })).consumed as unknown as Consumed[],

    async createTable(properties, name) {
      const { input, timeToLive } = readTable(properties, name);
      let table = path === undefined ? undefined : await keptTable(call, input);
      if (table === undefined) {
        const description = await call('CreateTable', input);
        table = description.TableDescription as JsonObject;
      }
      while (table.TableStatus !== 'ACTIVE') {
        const description = await call('DescribeTable', { TableName: name });
        table = description.Table as JsonObject;
      }
      if (timeToLive !== undefined) expiring.set(name, timeToLive);
      return { arn: String(table.TableArn) };
    },

    async close() {
      clearTimeout(timer);
      stop(new Error('DynamoDB was closed'));
      // It has nothing to save: what it has answered is with the operating system.
      void worker.terminate();
      await closed.promise;
    },
  };
}

/** @returns the table that stands on disk, or undefined. @throws Error if it has other keys or indexes */
async function keptTable(call: DynamoDbEngine['call'], input: JsonObject): Promise<JsonObject | undefined> {
  let table: JsonObject;
  try {
    table = (await call('DescribeTable', { TableName: input.TableName ?? '' })).Table as JsonObject;
  } catch (error) {
    if (error instanceof AwsError && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
  if (!isDeepStrictEqual(keysOf(table), keysOf(input))) {
    throw new Error(
      `the table on disk has other keys or indexes than the template's. Delete the data, or use another folder`,
    );
  }
  return table;
}

async function sweepAll(
  call: DynamoDbEngine['call'],
  tables: ReadonlyMap<string, TimeToLive>,
): Promise<void> {
  for (const [name, timeToLive] of tables) {
    try {
      await sweepExpired(call, name, timeToLive, Math.floor(Date.now() / 1000));
    } catch {
      // The table was deleted or the database is gone; those who use it will hear of it.
    }
  }
}

function awsError(statusCode: number, body: JsonObject): AwsError {
  const name = String(body.__type).replace(/^.*#/, '');
  return new AwsError(name, String(body.message ?? body.Message ?? ''), statusCode);
}
