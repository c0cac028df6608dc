import { AppError } from '../bin/call.ts';
import type { Clock } from './clock.ts';
import { BUSY, type Execution, nameOf, type ShiftingInput } from './shifting.ts';
import type { TrafficControl } from './stage.ts';

interface ExecutionParts {
  readonly traffic: TrafficControl;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** AWS tells of an execution only some time after its start; it names no time, mostly it is less than a second. */
const UNKNOWN_MS = 10_000;
const LOOK_MS = 500;

/** An execution that was started, if only just now. @throws AppError if there is none */
export async function executionOf(
  { traffic, clock, signal }: ExecutionParts,
  arn: string,
): Promise<Execution> {
  const limit = clock.now().getTime() + UNKNOWN_MS;
  for (;;) {
    const execution = await traffic.execution(arn);
    if (execution !== undefined) return execution;
    if (signal.aborted || clock.now().getTime() >= limit) {
      throw new AppError(
        `There is no execution ${nameOf(arn)}. If it holds (npm run traffic -- show${traffic.where}), ` +
          `this frees the hold, and fulfils a wish to go back: npm run traffic -- repair${traffic.where}`,
      );
    }
    await clock.pause(LOOK_MS, signal);
  }
}

/** Waits for the end of an execution. @throws AppError once nobody wants to wait any more */
export async function ended(parts: ExecutionParts, arn: string): Promise<Execution> {
  const { traffic, clock, signal } = parts;
  for (;;) {
    const execution = await executionOf(parts, arn);
    if (execution.status !== 'RUNNING') return execution;
    if (signal.aborted) {
      throw new AppError(`It goes on without you. How far it is: npm run traffic -- show${traffic.where}`);
    }
    await clock.pause(LOOK_MS, signal);
  }
}

/** Starts the workflow and waits for its end. @throws AppError unless it succeeds */
export async function carryOut(parts: ExecutionParts, name: string, input: ShiftingInput): Promise<void> {
  const { traffic } = parts;
  const arn = await traffic.start(name, input);
  const { status, reason } = await ended(parts, arn);
  if (status === 'SUCCEEDED') return;
  if (reason?.startsWith(BUSY)) throw await busy(traffic);
  throw new AppError(
    `${name} ended as ${status}: ${reason ?? 'no reason given'}. Look: npm run traffic -- show${traffic.where}`,
  );
}

/**
 * A name for what may be needed more than once: the first one that nothing has used, or that still runs, for whoever
 * comes later waits for the same execution.
 */
export async function nextName(traffic: TrafficControl, prefix: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = `${prefix}-${number}`;
    const found = await traffic.execution(traffic.executionArn(name));
    if (found === undefined || found.status === 'RUNNING') return name;
  }
}

/** @param holder ARN, if it was seen already */
export async function busy(traffic: TrafficControl, holder?: string): Promise<AppError> {
  const who = holder ?? (await traffic.traffic()).holder;
  return new AppError(
    `Busy: ${who === undefined ? 'somebody' : nameOf(who)} moves traffic. ` +
      `Wait until it is done (npm run traffic -- show${traffic.where}), then run this again, ` +
      `or take it back: npm run traffic -- rollback${traffic.where}`,
  );
}
