import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command, InvalidArgumentError } from 'commander';
import { main } from '../bin/call.ts';
import { inColumns } from '../bin/columns.ts';
import { buildBundles, handlers } from '../lib/bundle.ts';
import { baselineOf, buildBaselines, EMPTY } from './baselines.ts';
import { type Sample, sampleStart } from './cold-start.ts';
import { BUDGET_FILE, budgetFor, contentsOf } from './contents.ts';
import { startFakeAws } from './fake-aws.ts';
import { EVENTS, variablesFor } from './invocations.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { invokeWarm } from './warm.ts';

/** How large functions are, how long they take to start, and what an invocation costs when they have. */

interface Options {
  readonly samples: number;
  readonly only?: string;
  readonly json?: boolean;
  readonly update?: boolean;
}

/** Something that starts: a function, or a handler that it is compared with. */
interface Candidate {
  readonly name: string;
  readonly file: string;
}

interface Start {
  readonly initMs: Spread;
  readonly initCpuMs: Spread;
  readonly readyMs: Spread;
  readonly rssBytes: Spread;
}

interface Result extends Start {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** The name of a handler that does nothing and has the function's clients; none for such a handler itself. */
  readonly baseline: string | undefined;
  /** Initialisation, in CPU time, as a multiple of the baseline's. */
  readonly initRatio: number | undefined;
  /** CPU and wall clock of one invocation; of functions on a command's way only. */
  readonly invocationCpuUs: Spread | undefined;
  readonly invocationWallUs: Spread | undefined;
}

/** Of 50 invocations each: a second or two a function. */
const GROUPS = 20;

async function bench({ samples, only = '', json = false, update = false }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-functions-'));
  try {
    const bundles = contentsOf(buildBundles(handlers(), folder));
    if (update) {
      writeFileSync(BUDGET_FILE, `${JSON.stringify(budgetFor(bundles), undefined, 2)}\n`);
      console.log(
        `${BUDGET_FILE} holds the sizes and packages of ${bundles.length} bundles as they are now.`,
      );
      return;
    }
    const chosen = bundles.filter(({ entry }) => entry.includes(only));
    const baselines = buildBaselines(chosen.map(baselineOf), join(folder, 'baselines'));
    const candidates = [
      ...[...baselines].map(([name, file]) => ({ name, file })),
      ...chosen.map(({ entry }) => ({ name: entry, file: join(folder, dirname(entry), 'index.mjs') })),
    ];
    const fakes = await startFakeAws();
    const starts = measureStarts(candidates, variablesFor(fakes.url), samples);
    const results: Result[] = [];
    for (const { name, file } of candidates) {
      const code = readFileSync(file);
      const bundle = chosen.find(({ entry }) => entry === name);
      const baseline = bundle && baselineOf(bundle);
      const start = startOf(starts, name);
      const warm =
        name in EVENTS ? await invokeWarm(file, EVENTS[name], variablesFor(fakes.url), GROUPS) : undefined;
      results.push({
        name,
        bytes: code.length,
        gzipBytes: gzipSync(code).length,
        ...start,
        baseline,
        initRatio:
          baseline === undefined
            ? undefined
            : start.initCpuMs.median / startOf(starts, baseline).initCpuMs.median,
        invocationCpuUs: warm && spreadOf(warm.cpuUs),
        invocationWallUs: warm && spreadOf(warm.wallUs),
      });
    }
    fakes.close();
    console.log(
      json ? JSON.stringify({ node: process.version, samples, results }, undefined, 2) : table(results),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In turns, there and back: what else the machine does must not hit one of them alone. */
function measureStarts(
  candidates: readonly Candidate[],
  variables: Readonly<Record<string, string>>,
  samples: number,
): Map<string, Start> {
  const all = new Map<string, Sample[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < samples; round += 1) {
    for (const { name, file } of round % 2 === 0 ? candidates : candidates.toReversed()) {
      all.get(name)?.push(sampleStart(file, variables));
    }
  }
  return new Map(
    [...all].map(([name, found]) => [
      name,
      {
        initMs: spreadOf(found.map(({ initMs }) => initMs)),
        initCpuMs: spreadOf(found.map(({ initCpuMs }) => initCpuMs)),
        readyMs: spreadOf(found.map(({ readyMs }) => readyMs)),
        rssBytes: spreadOf(found.map(({ rssBytes }) => rssBytes)),
      },
    ]),
  );
}

function startOf(starts: ReadonlyMap<string, Start>, name: string): Start {
  const start = starts.get(name);
  if (start === undefined) throw new Error(`${name} was not measured`);
  return start;
}

function table(results: readonly Result[]): string {
  const kB = (bytes: number) => (bytes / 1000).toFixed(1);
  const spread = ({ median, p25, p75 }: Spread, digits = 1) =>
    `${median.toFixed(digits)} (${p25.toFixed(digits)}–${p75.toFixed(digits)})`;
  const head = ['', 'kB', 'gzip', 'init ms', 'init CPU ms', 'ready ms', 'MB', 'init ratio', 'µs CPU a call'];
  const rows = results.map((result) => [
    result.name,
    kB(result.bytes),
    kB(result.gzipBytes),
    spread(result.initMs),
    spread(result.initCpuMs),
    spread(result.readyMs),
    (result.rssBytes.median / 1e6).toFixed(1),
    result.initRatio === undefined ? '' : `${result.initRatio.toFixed(2)} × ${result.baseline}`,
    result.invocationCpuUs === undefined ? '' : spread(result.invocationCpuUs, 0),
  ]);
  return inColumns([head, ...rows]).join('\n');
}

function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return value;
}

const command = new Command('npm run bench:functions --')
  .description(
    `Measures bundles, cold starts and warm invocations of all functions, and of handlers that do nothing: the ` +
      `«${EMPTY}», and those that only have the clients of a function. Needs no stage.`,
  )
  .option('--samples <number>', 'cold starts of each', atLeastOne, 15)
  .option('--only <text>', 'functions whose path holds this')
  .option('--json', 'all figures as JSON')
  .option('--update', 'writes the sizes of bundles as they are into their budget, and measures nothing')
  .showHelpAfterError()
  .action(bench);

await main(() => command.parseAsync());
