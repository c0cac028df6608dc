import type { Json, Log } from '../aws.ts';
import { Faults } from '../faults/faults.ts';
import { type FunctionFault, functionFault } from '../faults/function-faults.ts';
import type { ConnectLoopback } from '../loopback.ts';
import type { InvokeFailure, InvokeResult } from './protocol.ts';
import { errorLine, type Sandbox, startSandbox } from './sandbox.ts';

export type { InvokeResult } from './protocol.ts';

export interface LambdaDefinition {
  /** The function's name, without a slash. */
  readonly name: string;
  /** Folder of the code: the asset, with `index.mjs`. */
  readonly codeDir: string;
  /** `<module>.<export>`, for example `index.handler`. */
  readonly handler: string;
  readonly environment: Record<string, string>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** ARN of the role that the function acts in. */
  readonly role: string;
  /** Execution environments there may be at the same time. */
  readonly maxConcurrency: number;
}

export interface LambdaFunction {
  /** Execution environments that take invocations, or are about to. */
  environments(): number;
  /** Starts one more execution environment, if none is starting already, and there may be one. */
  grow(): void;
  /** Never rejects. An invocation beyond `maxConcurrency` waits, where AWS would refuse it. */
  invoke(payload: Json): Promise<InvokeResult>;
  /** Starts an execution environment ahead of the first invocation. @throws Error if it does not initialise */
  warm(): Promise<void>;
  /**
   * From now on invocations run the code as it is on disk; those under way end first.
   * @param codeDir another folder of code, from now on
   */
  reload(codeDir?: string): void;
  /** Ends all execution environments; what they are doing fails with errorType 'Sandbox.Stopped'. */
  stop(): Promise<void>;
  stats(): {
    /** Execution environments there are. */
    workers: number;
    /** How long the start of each took that there has been, milliseconds. */
    initMs: number[];
    invocations: number;
    /** How long all of them took, each rounded up to a millisecond, as Lambda bills it; without initialisation. */
    billedMs: number;
  };
}

/**
 * How long an invocation waits for the first busy execution environment before a second is started; before a
 * third, twice as long, and so on. A start takes about 150 ms of one core, so a warm one is usually free again
 * sooner; and if the machine is short of CPU, more threads make it worse.
 */
const GROW_AFTER_MS = 250;

interface Waiting {
  /** JSON */
  readonly payload: string;
  /** As of `performance.now()`. */
  readonly since: number;
  resolve(result: InvokeResult): void;
}

/** Invokes it as the fault lets it be invoked. */
async function invokeWith(
  fault: FunctionFault | undefined,
  sandbox: Sandbox,
  payload: string,
): Promise<InvokeResult> {
  if (fault?.fault === 'function-times-out') return sandbox.invoke(payload, fault.afterMs);
  if (fault?.when === 'before') return sandbox.kill();
  const result = await sandbox.invoke(payload);
  // What has failed by itself has not done its work.
  return fault === undefined || !result.ok ? result : sandbox.kill();
}

/**
 * A function with its execution environments, which are started when they are needed and then kept.
 * Unlike AWS's, they are not frozen between invocations: timers and promises that a handler leaves behind go on.
 * @param log gets the function's output, and the errors that its invocations end with
 * @param faults what may strike its invocations
 * @param engines ways to the stage's engines past the network, by the TCP ports that they listen on
 */
export function createLambdaFunction(
  definition: LambdaDefinition,
  log: Log,
  faults = new Faults(),
  engines: ReadonlyMap<number, ConnectLoopback> = new Map(),
): LambdaFunction {
  const { name, maxConcurrency } = definition;
  const waiting: Waiting[] = [];
  /** Those that take invocations; not what runs code from before a reload. */
  const current = new Set<Sandbox>();
  const all = new Set<Sandbox>();
  /** Those of `current` that have nothing to do. */
  const idle: Sandbox[] = [];
  const initMs: number[] = [];
  let starting: Sandbox | undefined;
  let growTimer: NodeJS.Timeout | undefined;
  let invocations = 0;
  let billedMs = 0;
  let stopped = false;
  let { codeDir } = definition;

  const stopFailure: InvokeFailure = {
    ok: false,
    errorType: 'Sandbox.Stopped',
    errorMessage: `${name} has stopped`,
    trace: [],
  };

  const report = (what: string, failure: InvokeFailure): void => {
    if (failure.errorType !== 'Sandbox.Stopped') log(name, errorLine(what, failure));
  };

  const start = async (): Promise<InvokeFailure | undefined> => {
    const begin = performance.now();
    const sandbox = startSandbox({ ...definition, codeDir }, (line) => log(name, line), engines);
    starting = sandbox;
    current.add(sandbox);
    all.add(sandbox);
    void sandbox.ended.then(() => {
      all.delete(sandbox);
      current.delete(sandbox);
      dispatch();
    });
    const failure = await sandbox.ready;
    if (starting === sandbox) starting = undefined;
    if (failure === undefined) {
      initMs.push(performance.now() - begin);
    } else {
      report('Init Error', failure);
      // Whoever waits would only see it again; unless others are at work, and this was an accident.
      const alone = current.delete(sandbox) && current.size === 0;
      if (alone) for (const { resolve } of waiting.splice(0)) resolve(failure);
    }
    release(sandbox);
    return failure;
  };

  /** The sandbox has nothing to do any more. */
  const release = (sandbox: Sandbox): void => {
    if (!sandbox.alive) current.delete(sandbox);
    else if (current.has(sandbox)) idle.push(sandbox);
    else sandbox.terminate();
    dispatch();
  };

  const run = async (sandbox: Sandbox, { payload, resolve }: Waiting): Promise<void> => {
    invocations += 1;
    const begin = performance.now();
    const result = await invokeWith(functionFault(faults, name), sandbox, payload);
    billedMs += Math.ceil(performance.now() - begin);
    if (!result.ok) report('Invoke Error', result);
    resolve(result);
    release(sandbox);
  };

  const dispatch = (): void => {
    while (waiting.length > 0 && idle.length > 0) {
      // The one used last: what it needs is still in the caches.
      const sandbox = idle.pop();
      const next = sandbox?.alive ? waiting.shift() : undefined;
      if (sandbox !== undefined && next !== undefined) void run(sandbox, next);
    }
    const delay = growthDelay();
    if (delay === undefined) return;
    if (current.size === 0) void start();
    else growTimer ??= setTimeout(() => setImmediate(grow), Math.max(0, delay));
  };

  const mayGrow = (): boolean => !stopped && starting === undefined && current.size < maxConcurrency;

  /** Milliseconds until the one who waits longest should have a new environment; `undefined`: no one should. */
  const growthDelay = (): number | undefined => {
    const [longest] = waiting;
    if (longest === undefined || !mayGrow()) return undefined;
    return longest.since + GROW_AFTER_MS * current.size - performance.now();
  };

  /** Comes after the answers that arrived while this thread was busy: they may have made room. */
  const grow = (): void => {
    growTimer = undefined;
    if ((growthDelay() ?? 1) <= 0) void start();
    else dispatch();
  };

  return {
    environments: () => current.size,

    grow() {
      if (mayGrow()) void start();
    },

    async warm() {
      const failure = current.size === 0 ? await start() : undefined;
      if (failure !== undefined) throw new Error(`${name} does not start: ${failure.errorMessage}`);
    },

    invoke(payload) {
      if (stopped) return Promise.resolve(stopFailure);
      const { promise, resolve } = Promise.withResolvers<InvokeResult>();
      waiting.push({ payload: JSON.stringify(payload) ?? 'null', since: performance.now(), resolve });
      dispatch();
      return promise;
    },

    reload(folder = codeDir) {
      codeDir = folder;
      for (const sandbox of idle.splice(0)) sandbox.terminate();
      starting?.terminate();
      starting = undefined;
      current.clear();
      dispatch();
    },

    async stop() {
      stopped = true;
      clearTimeout(growTimer);
      for (const { resolve } of waiting.splice(0)) resolve(stopFailure);
      const ending = [...all].map((sandbox) => {
        sandbox.terminate();
        return sandbox.ended;
      });
      await Promise.all(ending);
    },

    stats: () => ({ workers: all.size, initMs: [...initMs], invocations, billedMs }),
  };
}
