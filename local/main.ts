import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { ENVIRONMENTS, type EnvironmentName } from '../lib/stages.ts';
import { demoFleet, scenarioFleet } from '../vehicle-simulator/fleet.ts';
import { FAULTS_PATH } from './control/faults.ts';
import { readFaultsFile } from './faults/file.ts';
import { startMqttBroker } from './mqtt/broker.ts';
import { Progress } from './progress.ts';
import { seedDemoFleet, seedScenarioFleet } from './seed.ts';
import { type LocalStage, startLocalStage } from './stage.ts';
import { openStorage } from './storage/storage.ts';
import { synthesise } from './synthesise.ts';
import { watchSources } from './watch.ts';

// Lambda's time zone.
process.env.TZ = 'UTC';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_PORT = 3000;
const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_PORT}`;

/** What the stage is synthesised for, with each kind of broker: the simulator's own, or one that is started beside it. */
const BROKERS = { mock: undefined, mqtt: 'http', 'iot-core': 'iot-core' } as const;

/** Of the item `traffic`, as DynamoDB answers it. */
const Weights = z.object({ blue: z.object({ N: z.string() }) });

interface Options {
  readonly stage: string;
  readonly port: number;
  readonly broker: keyof typeof BROKERS;
  readonly environments?: string;
  readonly verbose: boolean;
  /** True: all of the stage. */
  readonly watch: boolean | EnvironmentName;
  readonly data?: string;
  readonly faults?: string;
}

async function main(options: Options): Promise<void> {
  const { stage: stageName, port, verbose, watch, data, faults } = options;
  const started = performance.now();
  const faultSet = faults === undefined ? { faults: [] } : readFaultsFile(faults);
  const storage = data === undefined ? undefined : openStorage(data, stageName);
  const workplace = mkdtempSync(join(storage?.scratchPath ?? tmpdir(), 'local-stage-'));
  process.once('exit', () => rmSync(workplace, { recursive: true, force: true }));
  const assembly = join(workplace, 'assembly');

  let progress: Progress | undefined;
  const print = (line: string) => (progress === undefined ? console.log(line) : progress.print(line));
  const log = verbose ? (source: string, line: string) => print(`${source}  ${line}`) : () => undefined;

  const broker =
    options.broker === 'mock'
      ? undefined
      : await startMqttBroker([...demoFleet(), ...scenarioFleet()], print);
  const { environments } = options;
  const synthesiseTo = (outdir: string) =>
    synthesise(stageName, outdir, { broker: BROKERS[options.broker], environments });
  await synthesiseTo(assembly);
  const stage = await startLocalStage({
    assembly,
    port,
    log,
    synthesise: synthesiseTo,
    ...(storage === undefined ? {} : { storage }),
    ...(broker === undefined
      ? {}
      : { parameters: broker.parameters, endpoints: broker.endpoints, beside: broker.control }),
  });
  if (typeof watch === 'string' && !stage.environments.includes(watch)) {
    throw new Error(
      `The stage has no environment ${watch} to watch. Start both: npm start -- --environments blue,green --watch ${watch}`,
    );
  }
  const [vehicles] = await Promise.all([seedDemoFleet(stage), seedScenarioFleet(stage)]);
  const connected = await broker?.attach(stage);
  stage.faults.set(faultSet);

  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  // What the commands address by themselves need not be said.
  const target = stage.url === DEFAULT_URL ? '' : ` --target ${stage.url}`;
  console.log(
    [
      `Ready in ${seconds} s: ${stage.url}`,
      `Stage ${stageName} with ${vehicles.length} demo vehicles (npm run app -- vehicles). Ctrl-C ends it.`,
      ...(connected === undefined
        ? []
        : [`${connected.toLocaleString('en')} vehicles are connected by MQTT.`]),
      ...(await trafficLines(stage, target)),
      `Try it: npm run app --${target} horn-blow ${vehicles[0]?.vin}`,
      `Its interface, to read and to try: ${stage.url}/docs/`,
      `A token for that, or for curl: npm run -s token${target === '' ? '' : ` --${target}`}`,
      ...(faults === undefined ? [] : [`Faults are active: ${stage.url}${FAULTS_PATH}`]),
      '',
    ].join('\n'),
  );

  const deadLetters = () =>
    [...stage.deadLetterQueues].reduce((sum, queue) => sum + stage.messaging.depth(queue).visible, 0);
  const live = new Progress(process.stdout, deadLetters, broker?.connections.online);
  progress = live;
  stage.messaging.onPublish((_, message) => live.see(message));

  const endWatch =
    watch === false
      ? undefined
      : watchSources(ROOT, () => reload(stage, watch === true ? undefined : watch, print));

  const stop = async () => {
    await broker?.stop();
    await stage.stop();
    storage?.close();
  };
  let ending = false;
  const end = () => {
    // Asked twice: do not wait for anything.
    if (ending) process.exit(130);
    ending = true;
    endWatch?.();
    live.stop();
    void stop().then(() => process.exit(0));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

async function reload(
  { code }: LocalStage,
  environment: EnvironmentName | undefined,
  print: (line: string) => void,
): Promise<void> {
  try {
    const { changed, differing } = await code.load({
      ...(environment === undefined ? {} : { environment }),
      evenIfTemplatesDiffer: true,
    });
    if (changed.length > 0) {
      print(`Reloaded ${changed.length} functions${environment === undefined ? '' : ` of ${environment}`}`);
    }
    if (differing.length > 0) print('The templates changed too: start again to run them');
  } catch (error) {
    print(`${error instanceof Error ? error.message : String(error)} (the old code runs on)`);
  }
}

/** @returns lines on which environment takes traffic; none, if there is one alone */
async function trafficLines(
  { environments, dynamoDb, output }: LocalStage,
  target: string,
): Promise<string[]> {
  const [first, second] = environments;
  if (first === undefined || second === undefined) return [];
  const { Item } = await dynamoDb.call('GetItem', {
    TableName: output('TrafficWeightsTable'),
    Key: { id: { S: 'traffic' } },
  });
  // Nobody has moved it yet: all goes to the first.
  const { blue } = Weights.parse(Item ?? { blue: { N: '100' } });
  const split = `${blue.N} % of its traffic go to ${first}, ${100 - Number(blue.N)} % to ${second}`;
  return [`${split}. Move it: npm run traffic -- set ${second} 20${target}`];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('a port is a number from 0 to 65535');
  }
  return port;
}

await new Command('npm start --')
  .description('Runs a stage on this machine, from the synthesised templates.')
  .option('--stage <name>', 'the stage to synthesise', 'dev-local')
  .option(
    '--port <number>',
    'port of the API (or the variable PORT)',
    portNumber,
    portNumber(process.env.PORT ?? String(DEFAULT_PORT)),
  )
  .addOption(
    new Option(
      '--broker <kind>',
      'a mock of the broker API, or a real MQTT broker behind that API or as AWS IoT Core',
    )
      .choices(Object.keys(BROKERS))
      .default('mock'),
  )
  .option('--environments <names>', 'blue, or blue,green: both, behind a front door that splits traffic')
  .option('--data <dir>', 'keep data in this folder and go on from there; without, they end with the stage')
  .option('--faults <file>', 'let go wrong what the file says (local/faults/fault.ts)')
  .option('--verbose', 'show the logs of functions and workflows', false)
  .addOption(
    new Option(
      '--watch [environment]',
      'reload the code of functions when it changes: all, or of one environment',
    )
      .choices(ENVIRONMENTS)
      .default(false),
  )
  .action(async (options: Options) => {
    try {
      await main(options);
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      process.exit(1);
    }
  })
  .parseAsync();
