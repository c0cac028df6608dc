import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { Progress } from './progress.ts';
import { seedDemoFleet } from './seed.ts';
import { type LocalStage, startLocalStage } from './stage.ts';
import { synthesise } from './synthesise.ts';
import { updateCode, watchSources } from './watch.ts';

// Lambda's time zone.
process.env.TZ = 'UTC';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_PORT = 3000;
const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_PORT}`;

interface Options {
  readonly stage: string;
  readonly port: number;
  readonly verbose: boolean;
  readonly watch: boolean;
}

async function main({ stage: stageName, port, verbose, watch }: Options): Promise<void> {
  const started = performance.now();
  const workplace = mkdtempSync(join(tmpdir(), 'local-stage-'));
  process.once('exit', () => rmSync(workplace, { recursive: true, force: true }));
  const assembly = join(workplace, 'assembly');

  let progress: Progress | undefined;
  const print = (line: string) => (progress === undefined ? console.log(line) : progress.print(line));
  const log = verbose ? (source: string, line: string) => print(`${source}  ${line}`) : () => undefined;

  await synthesise(stageName, assembly);
  const stage = await startLocalStage({ assembly, port, log });
  const vehicles = await seedDemoFleet(stage);

  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  // What the commands address by themselves need not be said.
  const target = stage.url === DEFAULT_URL ? '' : ` --target ${stage.url}`;
  console.log(
    [
      `Ready in ${seconds} s: ${stage.url}`,
      `Stage ${stageName} with ${vehicles.length} demo vehicles (npm run app -- vehicles). Ctrl-C ends it.`,
      `Try it: npm run app --${target} horn-blow ${vehicles[0]?.vin}`,
      `Its interface, to read and to try: ${stage.url}/docs/`,
      `A token for that, or for curl: npm run -s token${target === '' ? '' : ` --${target}`}`,
      '',
    ].join('\n'),
  );

  const deadLetters = () =>
    [...stage.deadLetterQueues].reduce((sum, queue) => sum + stage.messaging.depth(queue).visible, 0);
  const live = new Progress(process.stdout, deadLetters);
  progress = live;
  stage.messaging.onPublish((_, message) => live.see(message));

  const endWatch = watch ? watchSources(ROOT, () => reload(stageName, stage, workplace, print)) : undefined;

  let ending = false;
  const end = () => {
    // Asked twice: do not wait for anything.
    if (ending) process.exit(130);
    ending = true;
    endWatch?.();
    live.stop();
    void stage.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

async function reload(
  stageName: string,
  stage: LocalStage,
  workplace: string,
  print: (line: string) => void,
): Promise<void> {
  const fresh = mkdtempSync(join(workplace, 'assembly-'));
  try {
    await synthesise(stageName, fresh);
    const { changed, templatesDiffer } = updateCode(join(workplace, 'assembly'), fresh);
    for (const [arn, lambda] of stage.functions) {
      if (changed.some((id) => arn.endsWith(`-${id.split('/').at(-1)}`))) lambda.reload();
    }
    if (changed.length > 0) print(`Reloaded ${changed.length} functions`);
    if (templatesDiffer) print('The templates changed too: start again to run them');
  } catch (error) {
    print(`${error instanceof Error ? error.message : String(error)} (the old code runs on)`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
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
  .option('--verbose', 'show the logs of functions and workflows', false)
  .option('--watch', 'reload the code of functions when it changes', false)
  .action(async (options: Options) => {
    try {
      await main(options);
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      process.exit(1);
    }
  })
  .parseAsync();
