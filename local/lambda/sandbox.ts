import { randomUUID } from 'node:crypto';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Json } from '../aws.ts';
import type { ConnectLoopback } from '../loopback.ts';
import { accountId, region } from '../messaging/account.ts';
import type { LambdaDefinition } from './function.ts';
import type { Invocation, InvokeFailure, InvokeResult, WorkerMessage, WorkerSetup } from './protocol.ts';
import { variables } from './variables.ts';
import { workerCode } from './worker-code.ts';

/** How a failure appears among what the function printed. */
export const errorLine = (what: string, { errorType, errorMessage, trace }: InvokeFailure): string =>
  `ERROR ${what} ${JSON.stringify({ errorType, errorMessage, stack: trace })}`;

/** A thread needs about 30 MB of heap for the SDK before the function has done anything. */
const MIN_HEAP_MB = 64;

/**
 * Limits the space for new objects, which otherwise grows to three times this: a worker that uses the SDK then
 * has 57 MB under load instead of 97, and needs no more CPU.
 */
const YOUNG_GENERATION_MB = 16;

/** AWS allows 10 s; here all functions of a stage may start at once, on two cores. */
const INIT_TIMEOUT_MS = 30_000;

/** One execution environment: a worker thread that runs one invocation at a time. */
export interface Sandbox {
  /** Settles when it can be invoked: `undefined`, or why it never will. The thread has ended then. */
  readonly ready: Promise<InvokeFailure | undefined>;
  /** Settles when the thread has ended. */
  readonly ended: Promise<void>;
  /** Whether it can still be invoked: false as soon as it is known that the thread ends. */
  readonly alive: boolean;
  /**
   * @param payload JSON
   * @param endAfterMs ends it as its time-out would, of which it knows nothing; if that does not come first
   */
  invoke(payload: string, endAfterMs?: number): Promise<InvokeResult>;
  /** Ends the thread as if it had been killed. @returns what its invocation ends with, or would have */
  kill(): InvokeFailure;
  /** Ends the thread; what it is doing fails with errorType 'Sandbox.Stopped'. */
  terminate(): void;
}

/**
 * @param log gets each line that the function prints
 * @param engines ways to the stage's engines, by the TCP ports that they listen on
 */
export function startSandbox(
  definition: LambdaDefinition,
  log: (line: string) => void,
  engines: ReadonlyMap<number, ConnectLoopback>,
): Sandbox {
  const { name, codeDir, handler, timeoutSeconds, memoryMb } = definition;
  const functionArn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  const loopbacks = [...engines].map(([tcpPort, connect]) => {
    const { port1, port2 } = new MessageChannel();
    connect(port2);
    return [tcpPort, port1] as const;
  });
  const worker = new Worker(workerCode(), {
    eval: true,
    name,
    workerData: { codeDir, handler, functionArn, loopbacks } satisfies WorkerSetup,
    transferList: loopbacks.map(([, port]) => port),
    env: variables(definition),
    argv: [],
    // The worker prints warnings itself; Node would write them to our terminal.
    execArgv: ['--no-warnings'],
    // Of the worker's own output nothing remains, see output.ts; but never anything on our terminal.
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.max(memoryMb, MIN_HEAP_MB),
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
    },
  });

  const ready = Promise.withResolvers<InvokeFailure | undefined>();
  const ended = Promise.withResolvers<void>();
  let requestId: string = randomUUID();
  let alive = true;
  /** Gets the result of what the thread does now: its initialisation or an invocation. */
  let settle: ((result: InvokeResult) => void) | undefined = (result) => {
    ready.resolve(result.ok ? undefined : result);
  };
  let timer = setTimeout(() => timeOut(INIT_TIMEOUT_MS / 1000), INIT_TIMEOUT_MS);
  /** Why the thread is about to end, if it said so. */
  let cause: InvokeFailure | undefined;

  const finish = (result: InvokeResult): void => {
    clearTimeout(timer);
    const waiting = settle;
    settle = undefined;
    waiting?.(result);
  };

  const end = (result: InvokeFailure): void => {
    alive = false;
    void worker.terminate();
    finish(result);
  };

  const timeOut = (seconds: number): void => {
    const message = `${new Date().toISOString()} ${requestId} Task timed out after ${seconds.toFixed(2)} seconds`;
    end(failure('Sandbox.Timedout', message));
  };

  const crash = (failure: InvokeFailure): void => {
    alive = false;
    cause = failure;
  };

  worker.on('message', (message: WorkerMessage) => {
    if (message.type === 'output') for (const line of message.lines.split('\n')) log(line);
    else if (message.type === 'ready') finish({ ok: true, payload: null });
    else if (message.type === 'done') finish({ ok: true, payload: JSON.parse(message.payload) as Json });
    else if (message.fatal) crash(message.failure);
    else finish(message.failure);
  });
  // An exception that nobody caught, or no memory left; 'exit' follows.
  worker.on('error', (error: Error) => crash(exitFailure(requestId, 1, error.stack ?? String(error))));
  worker.on('exit', (code) => {
    alive = false;
    if (settle === undefined && cause !== undefined) log(errorLine('Error between invocations', cause));
    finish(cause ?? exitFailure(requestId, code));
    ended.resolve();
  });

  return {
    ready: ready.promise,
    ended: ended.promise,
    get alive() {
      return alive;
    },

    invoke(payload, endAfterMs = Number.POSITIVE_INFINITY) {
      const { promise, resolve } = Promise.withResolvers<InvokeResult>();
      requestId = randomUUID();
      settle = resolve;
      const endMs = Math.min(timeoutSeconds * 1000, endAfterMs);
      timer = setTimeout(() => timeOut(endMs / 1000), endMs);
      const deadline = Date.now() + timeoutSeconds * 1000;
      worker.postMessage({ requestId, payload, deadline } satisfies Invocation);
      return promise;
    },

    kill() {
      const killed = failure(
        'Runtime.ExitError',
        `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
      );
      end(killed);
      return killed;
    },

    terminate() {
      end(
        failure(
          'Sandbox.Stopped',
          `RequestId: ${requestId} Error: the local stage has stopped this function`,
        ),
      );
    },
  };
}

function exitFailure(requestId: string, code: number, stack?: string): InvokeFailure {
  const reason =
    code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${code}`;
  return failure('Runtime.ExitError', `RequestId: ${requestId} Error: ${reason}`, stack?.split('\n'));
}

const failure = (errorType: string, errorMessage: string, trace: string[] = []): InvokeFailure => ({
  ok: false,
  errorType,
  errorMessage,
  trace,
});
