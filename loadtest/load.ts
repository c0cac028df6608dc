import { closeSync, existsSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { AppError } from '../bin/call.ts';
import type { Vitals } from '../local/control/vitals.ts';
import { Artillery, commandsFile, type Orders, PHASES_FILE, STOP_FILE, tellFile } from './artillery.ts';
import { Measurement } from './measurement.ts';
import type { Profile } from './profiles.ts';
import type { LiveProgress } from './progress.ts';
import { Tick } from './tally.ts';

export interface LoadOptions {
  readonly profile: Profile;
  readonly orders: Orders;
  readonly token: string | undefined;
  /** Of a local stage; undefined if it does not answer. */
  readonly vitals: (() => Promise<Vitals | undefined>) | undefined;
  readonly progress: LiveProgress;
  /** Ends the load. */
  readonly signal: AbortSignal;
}

export interface Loaded {
  readonly measurement: Measurement;
  /** Commands that were accepted, by VIN. */
  readonly commands: ReadonlyMap<string, readonly string[]>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Why it ended before its time. */
  readonly interrupted: string | undefined;
  /** The stage does not answer: there is nobody left to ask. */
  readonly isGone: boolean;
}

const BeganLine = z.object({ phase: z.int(), at: z.number() });

/** A stage that has answered nothing for longer than an answer may take, though it was asked all the time, is gone. */
const GONE_MS = 35_000;
/** Requests under way end within half a minute: that is how long an answer may take. */
const STOP_LIMIT_MS = 35_000;
/** After the load: nothing in any queue, and nothing ended, for so long is the end. */
const QUIET_SECONDS = 5;
const QUIET_LIMIT_SECONDS = 60;

/**
 * Puts a stage under load, and measures.
 * @throws AppError if the generator does not get going
 */
export async function putUnderLoad(options: LoadOptions): Promise<Loaded> {
  const { profile, orders, token, vitals, progress, signal } = options;
  const { folder, workers } = orders;
  const measurement = new Measurement(profile.phases);
  const commands = new Map<string, string[]>();
  const seconds = profile.phases.reduce((sum, phase) => sum + phase.seconds, 0);
  let startedAt: number | undefined;
  let lastActive = Date.now();
  let lastAnswer = Date.now();

  const phases = new Lines(join(folder, PHASES_FILE));
  const numbers = Array.from({ length: workers }, (_, index) => index + 1);
  const tells = numbers.map((worker) => [worker, new Lines(tellFile(folder, worker))] as const);
  const accepted = numbers.map((worker) => new Lines(commandsFile(folder, worker)));
  const read = (): void => {
    for (const line of phases.read()) {
      const { phase, at } = BeganLine.parse(JSON.parse(line));
      measurement.phaseBegan(phase, at);
      startedAt ??= at;
    }
    for (const [worker, lines] of tells) {
      for (const line of lines.read()) {
        const tick = Tick.parse(JSON.parse(line));
        measurement.tick(worker, tick);
        if (tick.sent + tick.polls > 0) lastActive = Math.max(lastActive, tick.at);
        const hasAnswer =
          tick.accepted + tick.polls > 0 || Object.keys(tick.errors).some((kind) => / \d{3}( |$)/.test(kind));
        const isIdle = tick.sent === 0 && Object.keys(tick.errors).length === 0;
        if (hasAnswer || isIdle) lastAnswer = Math.max(lastAnswer, tick.at);
      }
    }
    for (const lines of accepted) {
      for (const line of lines.read()) {
        const [eventId = '', vin = ''] = line.split(' ');
        const known = commands.get(vin);
        if (known === undefined) commands.set(vin, [eventId]);
        else known.push(eventId);
      }
    }
  };
  const look = async (): Promise<void> => {
    const found = await vitals?.();
    if (found !== undefined) measurement.vitals(found);
  };

  await look();
  const artillery = new Artillery(profile, orders, token);
  let exitCode: number | null | undefined;
  void artillery.ended.then((code) => {
    exitCode = code;
  });
  let interrupted: string | undefined;
  let isGone = false;
  let stoppedAt: number | undefined;
  try {
    while (exitCode === undefined) {
      await endOfSecond();
      await look();
      read();
      if (startedAt !== undefined) {
        progress.load(measurement, Math.min(seconds, (Date.now() - startedAt) / 1000), seconds);
      }
      if (signal.aborted) interrupted ??= 'interrupted by Ctrl-C';
      if (startedAt !== undefined && Date.now() - Math.max(lastAnswer, startedAt) > GONE_MS) {
        interrupted ??= 'the stage did not answer any more';
        isGone = true;
      }
      if (interrupted === undefined) continue;
      if (stoppedAt === undefined) {
        stoppedAt = Date.now();
        writeFileSync(join(folder, STOP_FILE), '');
        progress.tell('No more commands are sent; waits for the answers to those on their way');
      }
      const elapsed = Date.now() - stoppedAt;
      // The generator sees within a second that it is to stop, and tells in the next.
      if ((elapsed > 3000 && measurement.underWay === 0) || elapsed > STOP_LIMIT_MS) await artillery.end();
    }
  } finally {
    await artillery.end();
  }
  read();
  measurement.giveUp(lastActive);
  if (startedAt === undefined) {
    if (interrupted !== undefined) throw new AppError('Interrupted before the load began');
    throw new AppError(`The load generator did not start: ${lastLine(artillery.said)}`);
  }
  if (interrupted === undefined && exitCode !== 0) {
    interrupted = `the load generator ended by itself (${exitCode}): ${lastLine(artillery.said)}`;
  }
  if (vitals !== undefined && !isGone) {
    progress.tell('Waits for the last ends');
    await quiet(measurement, look);
  }
  return { measurement, commands, startedAt, endedAt: lastActive, interrupted, isGone };
}

/** What was sent last still ends: those ends count in the latencies. */
async function quiet(measurement: Measurement, look: () => Promise<void>): Promise<void> {
  let calm = 0;
  for (let second = 0; second < QUIET_LIMIT_SECONDS && calm < QUIET_SECONDS; second += 1) {
    const { accepted, endToEnd } = measurement.total;
    if ((endToEnd?.latency.count ?? 0) >= accepted) return;
    await endOfSecond();
    await look();
    const { queued = 0, ended } = measurement.last ?? {};
    calm = queued === 0 && (ended?.EXECUTED ?? 0) + (ended?.FAILED ?? 0) === 0 ? calm + 1 : 0;
  }
}

const endOfSecond = (): Promise<void> => sleep(1000 - (Date.now() % 1000));

const lastLine = (text: string): string => text.split('\n').at(-1) ?? '';

const CHUNK = 64 * 1024;

/** The lines that were added to a file since the last look; it need not be there yet. */
class Lines {
  readonly #path: string;
  #offset = 0;
  /** The begin of a line that is not complete. */
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  read(): string[] {
    if (!existsSync(this.#path)) return [];
    const file = openSync(this.#path, 'r');
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const length = readSync(file, buffer, 0, CHUNK, this.#offset);
      if (length === 0) break;
      this.#offset += length;
      // All that is written is ASCII, so no character is cut in two.
      this.#rest += buffer.toString('latin1', 0, length);
    }
    closeSync(file);
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
