import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import { remoteService } from '../functions/remote-services/catalogue.ts';
import { leaseSeconds } from '../functions/remote-services/times.ts';
import { vehicleGeneration } from '../functions/vehicle-generations/generations.ts';
import { audit } from '../gameday/audit.ts';
import { Ledger } from '../gameday/ledger.ts';
import { Load } from '../gameday/load.ts';
import { play } from '../gameday/play.ts';
import { report, table } from '../gameday/report.ts';
import { allSeries, isKill, type Series } from '../gameday/series.ts';
import { StageProcess } from '../gameday/stage-process.ts';
import { behaviourOf, demoFleet } from '../vehicle-simulator/fleet.ts';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { AppError, baseUrl, DEFAULT_TARGET, main } from './call.ts';
import { numberAboveZero, oneOrMore } from './options.ts';

/** Plays faults against a local stage under load, and counts what becomes of every command. */

interface Options {
  readonly series: string;
  readonly target: string;
  readonly rate: number;
  readonly kills?: number;
  readonly seed: number;
  readonly result: string;
  readonly list: boolean;
}

const SERVICE = remoteService('horn-blow');
/** They answer at once, so what takes time is the backend; the second kind only follows when those are all busy. */
const BEHAVIOURS = ['prompt', 'normal'];
const REFRESH_MS = 500;

async function gameDay({ series: name, target, rate, kills, seed, result, list }: Options): Promise<void> {
  if (list) {
    for (const { name: known, description, steps } of allSeries()) {
      console.log(`${known.padEnd(12)}${description}`);
      for (const { name: step } of steps) console.log(`${' '.repeat(14)}${step}`);
    }
    return;
  }
  const series = seriesNamed(name, kills);
  const kinds = BEHAVIOURS.map((behaviour) =>
    demoFleet().filter(({ vin }) => behaviourOf(vin) === behaviour),
  );
  const vehicles = kinds.flat();
  const longest = Math.max(
    ...vehicles.map(({ generation }) => leaseSeconds(SERVICE, vehicleGeneration(generation))),
  );

  const stage = series.steps.some(isKill) ? await ownStage() : undefined;
  const base = stage?.url ?? baseUrl(target);
  const ledger = new Ledger();
  const progress = showProgress(ledger);
  try {
    const from = new Date();
    const vins = vehicles.map(({ vin }) => vin);
    const load = await Load.start({ base, user: DEFAULT_USER, rate, service: SERVICE, vins }, ledger);
    const played = await play(series, ledger, { base, seed, stage, tell: progress.tell }).finally(() =>
      load.stopSending(),
    );
    ledger.begin();
    const found = await audit(ledger, {
      base,
      user: DEFAULT_USER,
      vins,
      from,
      longestMs: longest * 1000,
      tell: progress.tell,
    });
    await load.stop();
    const outcome = report({ series: series.name, seed, rate, from, played, ledger, audit: found });
    progress.end();
    writeFileSync(result, `${JSON.stringify(outcome, null, 2)}\n`);
    console.log(`${table(outcome)}\n${result}`);
    if (!outcome.passed) process.exitCode = 1;
  } finally {
    progress.end();
    await stage?.end();
  }
}

/** @throws AppError that says which there are */
function seriesNamed(name: string, kills: number | undefined): Series {
  const series = allSeries().find((known) => known.name === name);
  if (series === undefined) {
    const names = allSeries().map((known) => known.name);
    throw new AppError(`There is no series '${name}'. There are ${names.join(', ')}`);
  }
  if (kills === undefined) return series;
  return { ...series, steps: series.steps.map((step) => (isKill(step) ? { ...step, kills } : step)) };
}

async function ownStage(): Promise<StageProcess> {
  const stage = await StageProcess.start();
  // Whoever breaks it off leaves no stage behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stage.end().finally(() => process.exit(130)));
  }
  return stage;
}

/** One live line; where there is no terminal, a line for each thing that happens. */
function showProgress(ledger: Ledger) {
  const terminal = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  let what = 'starts';
  const render = () => {
    const { commands, open, phase } = ledger;
    terminal?.(
      `${what}\n${commands.length} accepted · ${open.length} open · available ${(phase.availability * 100).toFixed(1)} %`,
    );
  };
  const timer = setInterval(render, REFRESH_MS);
  return {
    tell(text: string) {
      // Numbers change all the time.
      if (terminal === undefined && text.split(':')[0] !== what.split(':')[0])
        console.log(text.split(':')[0]);
      what = text;
    },
    end() {
      clearInterval(timer);
      terminal?.clear();
    },
  };
}

const gameday = new Command('npm run gameday --')
  .description('Plays a series of faults against a local stage under load, and counts every command.')
  .option('--series <name>', 'which; --list says what there are', 'all')
  .option('--list', 'list the series and their steps', false)
  .option('--target <url>', 'base URL of the running stage (or the variable BASE_URL)', DEFAULT_TARGET)
  .option('--rate <number>', 'commands a second', numberAboveZero, 20)
  .option('--kills <number>', 'how often the series kill does it; it starts a stage of its own', oneOrMore)
  .option('--seed <number>', 'for what is left to chance', oneOrMore, 1)
  .option('--result <file>', 'where the result is written as JSON', 'game-day.json')
  .showHelpAfterError()
  .action(gameDay);

await main(() => gameday.parseAsync());
