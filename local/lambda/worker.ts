import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { type Handler, loadHandler } from './load-handler.ts';
import { resolveLocalhost } from './localhost.ts';
import { loopback } from './loopback.ts';
import { captureOutput } from './output.ts';
import type { Invocation, InvokeFailure, WorkerMessage, WorkerSetup } from './protocol.ts';

// The Lambda runtime: what runs in the worker thread, around the function's code.

const { codeDir, handler: handlerName, functionArn, loopbacks } = workerData as WorkerSetup;

const { env } = process;
/** What every invocation is told. A thread's variables are slow to read. */
const environment = {
  functionName: env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
  invokedFunctionArn: functionArn,
  memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
};

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);
const flush = captureOutput((lines) => post({ type: 'output', lines }));

process.on('exit', flush);
process.on('warning', ({ name, message }) => process.stderr.write(`${name}: ${message}\n`));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, trace } = describe(reason);
  const failure = { ok: false, errorType: 'Runtime.UnhandledPromiseRejection', errorMessage, trace } as const;
  post({ type: 'failed', failure, fatal: true });
  process.exit(128);
});

resolveLocalhost();
loopback(new Map(loopbacks));
void start();

async function start(): Promise<void> {
  let handler: Handler;
  try {
    handler = await loadHandler(codeDir, handlerName);
  } catch (error) {
    post({ type: 'failed', failure: describe(error), fatal: true });
    process.exit(1);
  }
  parentPort?.on('message', (invocation: Invocation) => invoke(handler, invocation));
  post({ type: 'ready' });
}

async function invoke(handler: Handler, { requestId, payload, deadline }: Invocation): Promise<void> {
  let answer: WorkerMessage;
  try {
    const result = await handler(JSON.parse(payload), context(requestId, deadline));
    answer = { type: 'done', payload: stringify(result) };
  } catch (error) {
    answer = { type: 'failed', failure: describe(error), fatal: false };
  }
  // As AWS's runtime does: a promise that the handler left behind, already rejected, still fails the invocation.
  await turn();
  flush();
  post(answer);
}

function context(awsRequestId: string, deadline: number): object {
  return {
    awsRequestId,
    ...environment,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function stringify(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    const error = new Error('Unable to stringify response body');
    error.name = 'Runtime.JSONStringifyError';
    throw error;
  }
}

function describe(error: unknown): InvokeFailure {
  return error instanceof Error
    ? { ok: false, errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
    : { ok: false, errorType: typeof error, errorMessage: String(error), trace: [] };
}
