import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { compare, compareText } from '../cost/compare.ts';
import { cutsText, recordedCuts } from '../cost/cuts.ts';
import { type EstimateOptions, estimate } from '../cost/estimate.ts';
import { costPage } from '../cost/page.ts';
import { pricesOf, REGIONS } from '../cost/prices/prices.ts';
import { QUOTAS, quotas } from '../cost/quotas.ts';
import { besideReading, isOfFailedTest, meterSmokeTest, newestReading, readingOf } from '../cost/readings.ts';
import { stageShape } from '../cost/stage-shape.ts';
import { assumptionsText, estimateText, quotasText } from '../cost/tables.ts';
import { TALK } from '../cost/volumes.ts';
import { AppError, main } from './call.ts';
import { numberAboveZero } from './options.ts';

/** What a stage costs on AWS, by what a local stage has metered. */

interface Options {
  readonly from?: string;
  readonly results: string;
  readonly region: (typeof REGIONS)[number];
  readonly commandsPerDay: number;
  readonly apiCallsPerDay?: number;
  readonly stageShape: string;
  readonly durations: 'stated' | 'measured';
  readonly freeTier: boolean;
  readonly chart?: string;
  readonly json: boolean;
  readonly assumptions: boolean;
  readonly quotas: boolean;
  readonly cuts: boolean;
  readonly compare?: string;
}

const print = (value: unknown, text: string, json: boolean): void =>
  console.log(json ? JSON.stringify(value, null, 2) : text);

async function cost(options: Options): Promise<void> {
  const { json, region } = options;
  if (options.cuts) {
    const cuts = recordedCuts();
    return print(cuts, cutsText(cuts), json);
  }
  const file = options.from ?? newestReading(options.results) ?? (await smokeTest(options.results));
  if (isOfFailedTest(file)) {
    console.error(`${file} is of a load test that did not pass: its commands cost other than they should.`);
  }
  const { commandsPerDay } = options;
  const model: EstimateOptions = {
    reading: readingOf(file),
    volumes: {
      commandsPerDay,
      // The talk's mix, if only commands are given.
      apiCallsPerDay: options.apiCallsPerDay ?? (commandsPerDay * TALK.apiCallsPerDay) / TALK.commandsPerDay,
    },
    shape: await shapeNamed(options.stageShape),
    prices: pricesOf(region),
    durations: options.durations,
    freeTier: options.freeTier,
  };
  if (options.compare !== undefined) {
    const differences = compare(model, { ...model, reading: readingOf(options.compare) });
    return print(
      differences,
      `before: ${file}\nafter:  ${options.compare}\n\n${compareText(differences)}`,
      json,
    );
  }
  if (options.quotas) {
    const reports = quotas({ ...model, region });
    return print(reports, quotasText(reports, region, QUOTAS.date), json);
  }
  const found = estimate(model);
  const chart = options.chart ?? besideReading(file);
  writeFileSync(chart, costPage(found));
  print(found, `${file}\n\n${estimateText(found)}`, json);
  if (options.assumptions && !json) console.log(`\n${assumptionsText(found)}`);
  if (!json) console.log(`\n${chart}`);
}

async function smokeTest(results: string): Promise<string> {
  console.error(`There is no reading in ${results}: the load test 'smoke' makes one.`);
  return meterSmokeTest(results);
}

async function shapeNamed(name: string) {
  try {
    return await stageShape(name);
  } catch (error) {
    throw new AppError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const program = new Command('npm run cost --')
  .description(
    'What a stage costs on AWS: a reading of the local stage’s meter, times a price file. By default that of the newest load test.',
  )
  .option('--from <file>', 'a reading: meter.json of a load test, or what GET /local-stage/meter answers')
  .option('--results <folder>', 'where load tests leave theirs', 'loadtest-results')
  .addOption(new Option('--region <region>', 'whose prices').choices(REGIONS).default(REGIONS[0]))
  .option('--commands-per-day <number>', 'commands a day', numberAboveZero, TALK.commandsPerDay)
  .option(
    '--api-calls-per-day <number>',
    'all API calls a day; by default 40 for each command',
    numberAboveZero,
  )
  .option('--stage-shape <name>', 'whose templates say what costs by the month', 'prod')
  .addOption(
    new Option(
      '--durations <kind>',
      'of functions and workflows: as cost/durations.json states, or as metered',
    )
      .choices(['stated', 'measured'])
      .default('stated'),
  )
  .option('--free-tier', 'leave out what AWS does not bill', false)
  .option('--chart <file>', 'where the page with charts is written; by default beside the reading')
  .option('--json', 'as JSON', false)
  .option('--assumptions', 'with what each architecture rests on', false)
  .option('--quotas', 'instead: volumes of today, ×3 and ×10 against AWS’s default quotas', false)
  .option('--cuts', 'instead: what has made a command cheaper so far (cost/cuts.json)', false)
  .option('--compare <file>', 'instead: this reading (before) against another one (after), unit by unit')
  .showHelpAfterError()
  .action(cost);

await main(() => program.parseAsync());
