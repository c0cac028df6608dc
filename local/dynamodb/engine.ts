import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { AwsError, type JsonObject } from '../aws.ts';
import { Faults } from '../faults/faults.ts';
import { disturbanceOf } from '../faults/service-faults.ts';
import type { Instruction, Message } from './server.ts';
import { keysOf, readTable, type TimeToLive } from './table.ts';
import { sweepExpired } from './time-to-live.ts';

export interface DynamoDbEngine {
  /** `http://127.0.0.1:<port>`, for the SDK inside functions. */
  readonly endpoint: string;
  /**
   * Creates a table, or takes the one that stands on disk.
   * @param properties of an `AWS::DynamoDB::Table` or `AWS::DynamoDB::GlobalTable`, resolved
   * @throws Error that names a property which the local stage does not know, and if the table on disk has other
   * keys; AwsError
   */
  createTable(properties: JsonObject, name: string): Promise<{ arn: string }>;
  /**
   * Calls an action, over the channel to the child process: half the cost of HTTP for it, and a quarter for us.
   * @throws AwsError as DynamoDB answers; Error if the child process has died
   */
  call(action: string, input: JsonObject): Promise<JsonObject>;
  close(): Promise<void>;
}

const SERVER = fileURLToPath(new URL('./server.ts', import.meta.url));

const SWEEP_EVERY_MS = 60_000;

/** How much of what the child process said last is kept for the report of its death; characters. */
const LAST_WORDS = 2000;

interface Pending {
  resolve(body: JsonObject): void;
  reject(error: Error): void;
}

/** Starts DynamoDB (dynalite) in a child process, where its work does not hold up ours. It dies with us. */
export async function startDynamoDb(options: {
  region: string;
  accountId: string;
  /** Folder of its files, for one process at a time; without, all is in memory. */
  path?: string | undefined;
  /** What may strike the calls over HTTP; to those in process, whoever calls applies them. */
  faults?: Faults;
}): Promise<DynamoDbEngine> {
  const { path, faults = new Faults() } = options;
  const child = fork(SERVER, path === undefined ? [] : [path], {
    env: { AWS_REGION: options.region, AWS_ACCOUNT_ID: options.accountId },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });

  const pending = new Map<number, Pending>();
  let lastId = 0;
  let end: Error | undefined;
  const stop = (error: Error): void => {
    end ??= error;
    for (const { reject } of pending.values()) reject(end);
    pending.clear();
  };

  // A failure to send is the end of the child, and reported as that.
  const tell = (instruction: Instruction): void => {
    if (child.connected) child.send(instruction, () => undefined);
  };
  faults.onChange(() => {
    tell({ faults: faults.has((fault) => 'service' in fault && fault.service === 'dynamodb') });
  });

  const closed = Promise.withResolvers<void>();
  const started = Promise.withResolvers<number>();
  child.on('message', (message: Message) => {
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
  });
  // After 'close' all of stderr has arrived.
  child.on('close', (code, signal) => {
    stop(new Error(`DynamoDB's process ended unexpectedly (${signal ?? code}). ${lastWords}`.trim()));
    started.reject(end);
    closed.resolve();
  });
  child.on('error', stop);
  const endpoint = `http://127.0.0.1:${await started.promise}`;

  const call: DynamoDbEngine['call'] = (action, input) => {
    if (end !== undefined) return Promise.reject(end);
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    lastId += 1;
    pending.set(lastId, { resolve, reject });
    tell({ id: lastId, action, input });
    return promise;
  };

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
    call,

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
      child.kill('SIGKILL');
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
