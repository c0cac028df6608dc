import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AwsError, type JsonObject } from '../aws.ts';
import type { Message, Request } from './server.ts';
import { readTable, type TimeToLive } from './table.ts';
import { sweepExpired } from './time-to-live.ts';

export interface DynamoDbEngine {
  /** `http://127.0.0.1:<port>`, for the SDK inside functions. */
  readonly endpoint: string;
  /**
   * @param properties of an `AWS::DynamoDB::Table` or `AWS::DynamoDB::GlobalTable`, resolved
   * @throws Error that names a property which the local stage does not know; AwsError
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
export async function startDynamoDb(options: { region: string; accountId: string }): Promise<DynamoDbEngine> {
  const child = fork(SERVER, {
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

  const closed = Promise.withResolvers<void>();
  const started = Promise.withResolvers<number>();
  child.on('message', (message: Message) => {
    if ('port' in message) {
      started.resolve(message.port);
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
    // A failure to send is the end of the child, and reported as that.
    if (child.connected) child.send({ id: lastId, action, input } satisfies Request, () => undefined);
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
      let description = await call('CreateTable', input);
      let table = description.TableDescription as JsonObject;
      while (table.TableStatus !== 'ACTIVE') {
        description = await call('DescribeTable', { TableName: name });
        table = description.Table as JsonObject;
      }
      if (timeToLive !== undefined) expiring.set(name, timeToLive);
      return { arn: String(table.TableArn) };
    },

    async close() {
      clearTimeout(timer);
      stop(new Error('DynamoDB was closed'));
      // It has nothing to save.
      child.kill('SIGKILL');
      await closed.promise;
    },
  };
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
