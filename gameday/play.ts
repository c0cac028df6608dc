import { setTimeout as sleep } from 'node:timers/promises';
import { randomLcg } from 'd3-random';
import * as z from 'zod';
import { call } from '../bin/call.ts';
import { FAULTS_PATH } from '../local/control/faults.ts';
import type { Fault } from '../local/faults/fault.ts';
import type { Ledger, Phase } from './ledger.ts';
import { persistently } from './persistently.ts';
import { type FaultStep, isKill, type Series, type Step } from './series.ts';
import type { StageProcess } from './stage-process.ts';

/** What apps saw of one step. */
export interface Played {
  readonly step: Step;
  readonly during: Phase;
  readonly after: Phase;
  /** How often the step's faults have struck; for a step that kills, the number of kills. */
  readonly hits: number;
}

export interface PlayOptions {
  readonly base: string;
  /** Repeats what is left to chance, as far as the timing is repeatable. */
  readonly seed: number;
  /** That is killed; undefined if it is somebody else's. */
  readonly stage: StageProcess | undefined;
  /** Is told what happens now. */
  readonly tell: (what: string) => void;
}

/** Time to get going, between a start and a kill: from none at all to some commands' whole way. */
const LONGEST_LIFE_MS = 5000;

/** Plays a series under the load that the ledger keeps; it ends without any fault. */
export async function play(
  { steps }: Series,
  ledger: Ledger,
  { base, seed, stage, tell }: PlayOptions,
): Promise<Played[]> {
  const random = randomLcg(seed);
  const played: Played[] = [];
  for (const [index, step] of steps.entries()) {
    const title = `${index + 1}/${steps.length} ${step.name}`;
    const during = ledger.begin();
    const hits = isKill(step)
      ? await kill(step.kills, stage, random, (number) => tell(`${title}: ${number} of ${step.kills}`))
      : await inject(base, seed + index, limited(step), () => {
          tell(title);
          return sleep(step.seconds * 1000);
        });
    const after = ledger.begin();
    tell(`${title}: recovers`);
    await sleep(step.recoverySeconds * 1000);
    played.push({ step, during, after, hits });
  }
  return played;
}

/** Faults that end by themselves should the game day be broken off. */
const limited = ({ faults, seconds }: FaultStep): Fault[] =>
  faults.map((fault) => ({ ...fault, seconds: seconds + 30 }));

const Active = z.object({ faults: z.array(z.object({ hits: z.int() })) });

/** @returns how often the faults have struck meanwhile */
async function inject(
  base: string,
  seed: number,
  faults: readonly Fault[],
  meanwhile: () => Promise<void>,
): Promise<number> {
  const url = `${base}${FAULTS_PATH}`;
  const body = JSON.stringify({ seed, faults });
  const headers = { 'content-type': 'application/json' };
  await persistently(() => call(url, { method: 'PUT', headers, body }, Active));
  try {
    await meanwhile();
    const active = await persistently(() => call(url, { method: 'GET' }, Active));
    return active.faults.reduce((sum, { hits }) => sum + hits, 0);
  } finally {
    await persistently(() => call(url, { method: 'DELETE' }, Active));
  }
}

async function kill(
  kills: number,
  stage: StageProcess | undefined,
  random: () => number,
  tell: (number: number) => void,
): Promise<number> {
  if (stage === undefined) throw new Error('Only a stage of the game day itself is killed');
  for (let number = 1; number <= kills; number += 1) {
    tell(number);
    await sleep(random() * LONGEST_LIFE_MS);
    await stage.kill();
    await stage.startAgain();
  }
  return kills;
}
