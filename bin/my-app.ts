import { Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { CATALOGUE } from '../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../functions/remote-services/remote-service.ts';
import { behaviourOf, demoFleet } from '../vehicle-simulator/fleet.ts';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { withAwsProblems } from './aws-problems.ts';
import { DEFAULT_TARGET, main } from './call.ts';
import { type Options, send } from './send.ts';

/** A command-line app: what a user's phone does, against any stage. */

function listVehicles(asJson: boolean): void {
  const vehicles = demoFleet().map(({ vin, model, generation, owner }) => ({
    vin,
    model,
    generation,
    owner,
    behaviour: behaviourOf(vin),
  }));
  if (asJson) {
    console.log(JSON.stringify(vehicles, null, 2));
    return;
  }
  const widths = { model: 12, generation: 12, owner: 8 };
  console.log(
    `${'VIN'.padEnd(19)}${'MODEL'.padEnd(widths.model)}${'GENERATION'.padEnd(widths.generation)}${'OWNER'.padEnd(widths.owner)}BEHAVIOUR`,
  );
  for (const { vin, model, generation, owner, behaviour } of vehicles) {
    console.log(
      `${vin.padEnd(19)}${model.padEnd(widths.model)}${generation.padEnd(widths.generation)}${owner.padEnd(widths.owner)}${behaviour}`,
    );
  }
}

function jsonObject(text: string): RemoteService['example'] {
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(text));
  } catch {
    throw new InvalidArgumentError('it must be a JSON object');
  }
}

interface SendOptions extends Options {
  readonly stage?: string;
}

/** At a deployed stage, its demo users act, unless there is a token. */
async function sendTo(options: SendOptions, service: RemoteService, vin: string): Promise<void> {
  const { stage } = options;
  if (stage === undefined) return send(options, service, vin);
  // Only here: AWS's clients take as long to load as all the rest.
  const { demoUsersOf } = await import('./sign-in.ts');
  return withAwsProblems(async () => {
    const { url, logIn } = await demoUsersOf(stage);
    await send({ ...options, target: url(), logIn }, service, vin);
  });
}

const app = new Command('npm run app --')
  .description('Sends remote services to vehicles, as the app on a phone does.')
  .option('--target <url>', 'base URL of the stage (or the variable BASE_URL)', DEFAULT_TARGET)
  .addOption(new Option('--stage <name>', 'a deployed stage, instead').conflicts('target'))
  .option('--user <name>', 'the demo user who acts, on a local stage or a dev stage', DEFAULT_USER)
  .addOption(
    new Option('--token <token>', 'access token for a deployed stage').env('TOKEN').conflicts('user'),
  )
  .showHelpAfterError();

for (const service of CATALOGUE) {
  app
    .command(service.serviceType)
    .argument('<VIN>', 'the vehicle; `vehicles` lists those of the demo fleet')
    .summary(service.summary)
    .description(`${service.summary}. Waits for the end; exit code 0 only if it was executed.`)
    .option('--body <json>', `the request's body (${JSON.stringify(service.example)})`, jsonObject)
    .option('--target <url>', 'base URL of the stage')
    .addOption(new Option('--stage <name>', 'a deployed stage, instead').conflicts('target'))
    .option('--user <name>', 'the demo user who acts')
    .option('--token <token>', 'access token for a deployed stage')
    .action((vin: string, _: unknown, command: Command) =>
      sendTo(command.optsWithGlobals<SendOptions>(), service, vin),
    );
}
app
  .command('vehicles')
  .description('list the demo fleet')
  .option('--json', 'as a JSON array', false)
  .action(({ json }: { json: boolean }) => listVehicles(json));

await main(() => app.parseAsync());
