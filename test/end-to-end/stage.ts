import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdk from '../../cdk.json' with { type: 'json' };
import { remoteVehicleServices } from '../../lib/remote-vehicle-services.ts';
import { type StageConfig, stageConfig } from '../../lib/stages.ts';
import { seedDemoFleet } from '../../local/seed.ts';
import { type LocalStage, type LocalStageOptions, startLocalStage } from '../../local/stage.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import type { MyApp } from './app.ts';
import { appRoutes, type Route } from './routes.ts';

export interface TestStage extends LocalStage {
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  /** The app of the user who owns the demo fleet. */
  readonly app: MyApp;
  /** The app of someone who owns nothing. */
  readonly stranger: MyApp;
  /** What the app's API offers, by its template. */
  readonly routes: readonly Route[];
  /** What functions and workflows logged. */
  readonly logs: readonly string[];
  /** Items of a table that an output names. */
  scan(output: string): Promise<Record<string, unknown>[]>;
  /** Messages in all dead-letter queues, with the queue's name. */
  deadLetters(): { queue: string; body: string; reason: string | undefined }[];
}

/** Synthesises a dev stage with changes of its configuration and runs it, on any free port. */
export async function startTestStage(
  options: Partial<LocalStageOptions> = {},
  changes: Partial<StageConfig> = {},
): Promise<TestStage> {
  const assembly = mkdtempSync(join(tmpdir(), 'test-stage-'));
  // CDK's own rules take longer than everything else, and are tested elsewhere.
  const app = new App({ outdir: assembly, context: cdk.context, builtinCloudFormationValidation: false });
  remoteVehicleServices(app, { ...stageConfig('dev-test'), ...changes });
  app.synth();

  const logs: string[] = [];
  const log = (source: string, line: string) => logs.push(`${source} ${line}`);
  const stage = await startLocalStage({ assembly, port: 0, log, ...options });
  await seedDemoFleet(stage);
  const appOf = async (user: 'demo' | 'stranger'): Promise<MyApp> => ({
    url: stage.url,
    token: await stage.identity.token(user),
  });
  return {
    ...stage,
    assembly,
    app: await appOf('demo'),
    stranger: await appOf('stranger'),
    routes: appRoutes(assembly),
    logs,
    scan: async (output) => {
      const { Items } = await stage.dynamoDb.call('Scan', { TableName: stage.output(output) });
      return Items as Record<string, unknown>[];
    },
    deadLetters: () =>
      [...stage.deadLetterQueues].flatMap((queue) =>
        stage.messaging.peek(queue).map(({ body, messageAttributes }) => ({
          queue: queue.split(':').at(-1) ?? '',
          body,
          reason: messageAttributes.reason?.stringValue,
        })),
      ),
    stop: async () => {
      await stage.stop();
      rmSync(assembly, { recursive: true, force: true });
    },
  };
}

/** VINs of demo vehicles with a behaviour, of any generation or of one. Each call of `take` answers others. */
export function vehicles(behaviour: string, generation?: string): { take(count?: number): string[] } {
  const vins = demoFleet()
    .filter((vehicle) => behaviourOf(vehicle.vin) === behaviour)
    .filter((vehicle) => generation === undefined || vehicle.generation === generation)
    .map(({ vin }) => vin);
  return {
    take: (count = 1) => {
      if (vins.length < count) throw new Error(`The demo fleet has too few vehicles that are ${behaviour}`);
      return vins.splice(0, count);
    },
  };
}
