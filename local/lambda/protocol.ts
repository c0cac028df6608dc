import type { MessagePort } from 'node:worker_threads';
import type { Json } from '../aws.ts';

/** What an invocation ended with; `errorType` and `errorMessage` as AWS names them, `trace` is a stack. */
export type InvokeResult = { ok: true; payload: Json } | InvokeFailure;

export type InvokeFailure = { ok: false; errorType: string; errorMessage: string; trace: string[] };

/** What a worker needs to know beyond its environment variables; `workerData`. */
export interface WorkerSetup {
  /** Folder of the code. */
  readonly codeDir: string;
  /** `<module>.<export>` */
  readonly handler: string;
  readonly functionArn: string;
  /** Ways to the stage's engines, each with the TCP port that the same engine listens on. */
  readonly loopbacks: readonly (readonly [tcpPort: number, MessagePort])[];
}

/** To the worker: one at a time, each after the answer to the one before. */
export interface Invocation {
  readonly requestId: string;
  /** JSON: as fast as a structured clone for events of usual size, and drops what JSON drops. */
  readonly payload: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** From the worker. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  /** The answer, as JSON. */
  | { readonly type: 'done'; readonly payload: string }
  /** The handler threw, or there is none; or, `fatal`, the worker is about to exit. */
  | { readonly type: 'failed'; readonly failure: InvokeFailure; readonly fatal: boolean }
  /** One or more whole lines that the function printed. */
  | { readonly type: 'output'; readonly lines: string };
