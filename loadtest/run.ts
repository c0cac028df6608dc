import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, call } from '../bin/call.ts';
import { remoteService } from '../functions/remote-services/catalogue.ts';
import { leaseSeconds } from '../functions/remote-services/times.ts';
import { vehicleGeneration } from '../functions/vehicle-generations/generations.ts';
import { CONTROL_PATH } from '../local/control/control.ts';
import { VITALS_PATH, Vitals } from '../local/control/vitals.ts';
import { MeterReading } from '../local/metering/meter-reading.ts';
import { behaviourOf, demoFleet } from '../vehicle-simulator/fleet.ts';
import { openStageUnderTest } from '../vehicle-simulator/runner/stage-under-test.ts';
import { ORDERS_FILE, type Orders, PHASES_FILE, STOP_FILE, tellFile, workersHere } from './artillery.ts';
import { type Loaded, putUnderLoad } from './load.ts';
import { apiLookup, tableLookup } from './lookups.ts';
import { used } from './meter.ts';
import { type Profile, SERVICES } from './profiles.ts';
import type { LiveProgress } from './progress.ts';
import { type Lookup, reconcile } from './reconcile.ts';
import { fromCloudWatch } from './report/cloudwatch.ts';
import type { LoadTestResult, Reconciliation } from './result.ts';
import { logIn, openTarget, type Target, type WhichTarget } from './target.ts';
import { judge } from './thresholds.ts';

export interface LoadTestOptions extends WhichTarget {
  readonly profile: Profile;
  /** From the profile as it is named. */
  readonly differences: readonly string[];
  readonly commandLine: string;
  /** In which the folder of the results is made. */
  readonly results: string;
  readonly progress: LiveProgress;
  /** Ends the load, which is still reconciled. */
  readonly stopLoad: AbortSignal;
  /** Ends the reconciliation too. */
  readonly stopAll: AbortSignal;
}

/** They answer at once: what takes time is the backend. */
const BEHAVIOUR = 'prompt';
/**
 * What a consumer did not finish comes back after its visibility time-out: up to 150 s; a batch of the routing function
 * waits longest.
 */
const COMES_BACK_MS = 150_000;

/**
 * Puts a stage under load, looks up what became of every command, and writes `result.json` into a folder of its own.
 * @throws AppError in one line, if there is no load test to speak of
 */
export async function runLoadTest(
  options: LoadTestOptions,
): Promise<{ result: LoadTestResult; folder: string }> {
  const { progress } = options;
  const target = await openTarget(options, (what) => progress.tell(what));
  try {
    return await against(target, options);
  } finally {
    progress.end();
    await target.end();
  }
}

async function against(
  target: Target,
  options: LoadTestOptions,
): Promise<{ result: LoadTestResult; folder: string }> {
  const { profile, differences, commandLine, results, progress, user, token, stopLoad, stopAll } = options;
  const { base, stage, isLocal } = target;
  await logIn(base, { ...options, target: base });
  const vehicles = demoFleet().filter(({ vin }) => behaviourOf(vin) === BEHAVIOUR);
  const started = new Date();
  const folder = join(
    results,
    `${profile.name}-${started.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`,
  );
  mkdirSync(folder, { recursive: true });
  const orders: Orders = {
    base,
    ...(stage === undefined ? {} : { stage }),
    user,
    services: [...SERVICES],
    vins: vehicles.map(({ vin }) => vin),
    polls: profile.polls,
    pollIntervalMs: profile.pollIntervalMs,
    workers: workersHere(),
    folder,
  };

  const lookup = await openLookup(target, options, started);
  const meterBefore = isLocal ? await meterOf(base) : undefined;
  const loaded = await putUnderLoad({
    profile,
    orders,
    token,
    vitals: isLocal ? () => vitalsOf(base) : undefined,
    progress,
    signal: stopLoad,
  });
  const longest = Math.max(
    ...SERVICES.flatMap((service) =>
      vehicles.map(({ generation }) => leaseSeconds(remoteService(service), vehicleGeneration(generation))),
    ),
  );
  progress.tell('Looks up what became of every command');
  const found = await reconciled(loaded, lookup, {
    limitMs: longest * 1000 + COMES_BACK_MS,
    tell: (open) =>
      progress.update(`Looks up what became of the commands: ${open.toLocaleString('en')} to go`),
    signal: stopAll,
  });
  lookup.close();
  if (meterBefore !== undefined) await quiet(base, stopAll);
  const meterAfter = meterBefore && (await meterOf(base));
  if (meterBefore !== undefined && meterAfter !== undefined) {
    writeFileSync(join(folder, 'meter.json'), `${JSON.stringify(used(meterAfter, meterBefore), null, 2)}\n`);
  }

  const { measurement, startedAt, endedAt } = loaded;
  const reconciliation = typeof found === 'string' ? undefined : found;
  const interrupted = loaded.interrupted ?? (typeof found === 'string' ? found : undefined);
  const { notes, ...seen } = await seenByStage(
    { phases: measurement.phases(endedAt), samples: measurement.samples(), total: measurement.total },
    target,
    options,
  );
  const measured = {
    ...seen,
    ...(reconciliation === undefined ? {} : { reconciliation }),
    ...(interrupted === undefined ? {} : { interrupted }),
  };
  const thresholds = judge(profile, measured);
  const result: LoadTestResult = {
    profile: { name: profile.name, description: profile.description },
    commandLine,
    target: base,
    ...(stage === undefined ? {} : { stage }),
    differences: [...differences, ...notes],
    machine: {
      cpus: cpus().length,
      cpuModel: cpus()[0]?.model ?? 'unknown',
      memoryBytes: totalmem(),
      node: process.version,
      os: `${type()} ${release()}`,
    },
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    ...measured,
    thresholds,
    passed: thresholds.every(({ passed }) => passed),
  };
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
  // All of it is in the result.
  for (let worker = 1; worker <= orders.workers; worker += 1)
    rmSync(tellFile(folder, worker), { force: true });
  for (const name of [STOP_FILE, PHASES_FILE, ORDERS_FILE]) rmSync(join(folder, name), { force: true });
  return { result, folder };
}

type Seen = Pick<LoadTestResult, 'phases' | 'samples' | 'total'>;

/** A local stage told each second; a deployed one tells by CloudWatch, later. */
async function seenByStage(
  seen: Seen,
  { stage, access }: Target,
  { progress, stopAll }: LoadTestOptions,
): Promise<Seen & { readonly notes: readonly string[] }> {
  if (stage === undefined || access === undefined) return { ...seen, notes: [] };
  progress.tell('Waits for CloudWatch’s metrics, which come some minutes late');
  return fromCloudWatch(seen, { stage, services: SERVICES, signal: stopAll });
}

type OpenLookup = Lookup & { readonly close: () => void };

async function openLookup(
  { base, stage, access, isLocal }: Target,
  options: LoadTestOptions,
  from: Date,
): Promise<OpenLookup> {
  const { user, token } = options;
  if (access === undefined) {
    const app = await logIn(base, options);
    return { ...apiLookup(app), close: () => undefined };
  }
  const which = { target: isLocal ? base : undefined, stage, environment: undefined, user, token };
  const hasSubscriber = access.has('NotificationsUrl');
  const notifications = hasSubscriber ? (await openStageUnderTest(which)).notifications : undefined;
  return tableLookup({ access, stage, from, notifications });
}

/** Whatever goes wrong with it, what was measured is worth to be told. */
async function reconciled(
  { commands, isGone }: Loaded,
  lookup: Lookup,
  options: Parameters<typeof reconcile>[2],
): Promise<Reconciliation | string> {
  if (isGone) return 'the stage is gone';
  try {
    return await reconcile(commands, lookup, options);
  } catch (error) {
    return `the commands could not be looked up: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * What a command still costs after its end is its watch: it is due after ten seconds, and twice gathers others for two.
 * The rest is for a busy machine.
 */
const QUIET_LIMIT_MS = 30_000;

/** Waits until no queue of a local stage holds a message, or for the limit. */
async function quiet(base: string, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + QUIET_LIMIT_MS;
  while (performance.now() < limit && !signal.aborted) {
    const queues = Object.values((await vitalsOf(base))?.queues ?? {});
    if (queues.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0)) return;
    await sleep(1000);
  }
}

/** A busy stage answers late, and the next second is as good. */
const VITALS_LIMIT_MS = 5000;

async function vitalsOf(base: string): Promise<Vitals | undefined> {
  const signal = AbortSignal.timeout(VITALS_LIMIT_MS);
  return ifThere(call(`${base}${VITALS_PATH}`, { method: 'GET', signal }, Vitals));
}

const meterOf = (base: string): Promise<MeterReading | undefined> =>
  ifThere(call(`${base}${CONTROL_PATH}/meter`, { method: 'GET' }, MeterReading));

async function ifThere<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
