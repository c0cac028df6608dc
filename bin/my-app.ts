import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import * as z from 'zod';
import { CATALOGUE } from '../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../functions/remote-services/remote-service.ts';
import { behaviourOf, demoFleet } from '../vehicle-simulator/fleet.ts';

/** A command-line app: what a user's phone does, against any stage. */

const STATUS_PATH = '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
/** The phone waits 3.5 s; a person at a terminal wants to see more. */
const POLL_INTERVAL_MS = 250;
/** As long as the phone polls. */
const POLL_LIMIT_MS = 240_000;

const Accepted = z.object({ eventId: z.string() });
const EventStatus = z.object({
  eventStatus: z.string(),
  errorDetails: z.object({ errorDetails: z.string() }).nullish(),
});
const Refused = z.object({ message: z.string() });

/** Something to tell the user in one line. */
class AppError extends Error {}

async function call<Schema extends z.ZodType>(
  url: string,
  init: RequestInit,
  schema: Schema,
): Promise<z.infer<Schema>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
    text = await response.text();
  } catch (error) {
    const { origin } = new URL(url);
    throw new AppError(`Nothing answers at ${origin}. Start a stage there: npm start`, { cause: error });
  }
  const body = parsed(text);
  if (!response.ok) {
    const refused = Refused.safeParse(body);
    throw new AppError(`${response.status}: ${refused.success ? refused.data.message : text.slice(0, 200)}`);
  }
  const answer = schema.safeParse(body);
  if (!answer.success) throw new AppError(`${url} answered something unexpected: ${text.slice(0, 200)}`);
  return answer.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sends a command and follows it to its end. @throws AppError if it does not end as EXECUTED */
async function send(target: string, service: RemoteService, vin: string): Promise<void> {
  const base = target.replace(/\/+$/, '');
  if (!URL.canParse(base) || !base.startsWith('http')) {
    throw new AppError(`'${target}' is no base URL. It looks like http://127.0.0.1:3000`);
  }
  const started = performance.now();
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'bmw-vin': vin,
    'x-correlation-id': randomUUID(),
  };
  const show = statusLine(`${service.serviceType} ${vin}`, started);

  const init = { method: 'POST', headers, body: '{}' };
  const { eventId } = await call(`${base}${service.path}`, init, Accepted);
  const limit = started + POLL_LIMIT_MS;
  while (performance.now() < limit) {
    const url = `${base}${STATUS_PATH}?eventId=${eventId}`;
    const { eventStatus, errorDetails } = await call(url, { method: 'POST' }, EventStatus);
    show(eventStatus);
    if (eventStatus === 'EXECUTED') {
      show.done();
      return;
    }
    if (eventStatus === 'ERROR') {
      show.done();
      throw new AppError(`Failed: ${errorDetails?.errorDetails ?? 'no reason given'}`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  show.done();
  throw new AppError(`No end within ${POLL_LIMIT_MS / 1000} s`);
}

/** One line that follows the status; where there is no terminal, a line for each change. */
function statusLine(title: string, started: number) {
  const terminal = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  let last = '';
  const show = (status: string) => {
    const line = `${title} ${status} ${((performance.now() - started) / 1000).toFixed(1)} s`;
    if (terminal !== undefined) terminal(line);
    else if (status !== last) console.log(line);
    last = status;
  };
  show.done = () => terminal?.done();
  return show;
}

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

const app = new Command('npm run app --')
  .description('Sends remote services to vehicles, as the app on a phone does.')
  .option(
    '--target <url>',
    'base URL of the stage (or the variable BASE_URL)',
    process.env.BASE_URL ?? 'http://127.0.0.1:3000',
  )
  .showHelpAfterError();

for (const service of CATALOGUE) {
  app
    .command(service.serviceType)
    .argument('<VIN>', 'the vehicle; `vehicles` lists those of the demo fleet')
    .description(`send ${service.serviceType} and wait for its end; exit code 0 only if it was executed`)
    .option('--target <url>', 'base URL of the stage')
    .action((vin: string, _: unknown, command: Command) =>
      send(command.optsWithGlobals<{ target: string }>().target, service, vin),
    );
}
app
  .command('vehicles')
  .description('list the demo fleet')
  .option('--json', 'as a JSON array', false)
  .action(({ json }: { json: boolean }) => listVehicles(json));

try {
  await app.parseAsync();
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
