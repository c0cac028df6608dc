import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { AppError, call } from '../bin/call.ts';
import { stackName } from '../lib/stack-names.ts';
import type { EnvironmentName, StageConfig, StageOptions } from '../lib/stages.ts';
import { environmentVersion } from '../local/cloudformation/environment-version.ts';
import { CONTROL_PATH } from '../local/control/control.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CDK = fileURLToPath(new URL('../node_modules/aws-cdk/bin/cdk', import.meta.url));

/** A synthesis takes seconds, and a minute on a busy machine. */
const LOAD_LIMIT_MS = 180_000;

const Loaded = z.object({ version: z.string(), changed: z.array(z.string()) });

/** Loads the code of the sources, as they are, into an environment of the local stage. */
export const localDeployment =
  (base: string, tell: (line: string) => void) =>
  async (environment: EnvironmentName): Promise<string> => {
    const { version, changed } = await call(
      `${base}${CONTROL_PATH}/environments/${environment}/code`,
      { method: 'PUT', signal: AbortSignal.timeout(LOAD_LIMIT_MS) },
      Loaded,
    );
    tell(`${environment} runs version ${version}, ${changed.length} functions have changed`);
    return version;
  };

/** Runs the CDK's command line and ends with it. @throws AppError if it fails */
export type Cdk = (args: readonly string[], signal: AbortSignal) => Promise<void>;

export interface CdkDeploymentOptions {
  readonly stage: StageConfig;
  /** That a developer's stage was deployed with. */
  readonly stageOptions: StageOptions;
  /** Of which alone may be deployed; absent, whatever the sources are. */
  readonly version?: string;
  readonly cdk: Cdk;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Deploys what an environment needs, and never the other environment. Parameters keep their values, as CloudFormation's
 * updates do by default.
 */
export const cdkDeployment =
  ({ stage, stageOptions, version: wanted, cdk, tell, signal }: CdkDeploymentOptions) =>
  async (environment: EnvironmentName): Promise<string> => {
    const named = (stack: string) => stackName(stage.name, stack);
    const assembly = await mkdtemp(join(tmpdir(), 'release-'));
    try {
      const contexts = Object.entries({ stage: stage.name, ...stageOptions }).flatMap(([key, value]) =>
        value === undefined ? [] : ['-c', `${key}=${value}`],
      );
      await cdk(['synth', '--quiet', ...contexts, '--output', assembly], signal);
      const version = environmentVersion(assembly, named(environment));
      if (wanted !== undefined && wanted !== version) {
        throw new AppError(
          `The sources are version ${version}, and ${wanted} was proved. ` +
            'Check out what was proved: nothing was deployed',
        );
      }
      const stacks = [
        'shared',
        ...(stage.vehicleSimulator ? ['vehicle-simulator'] : []),
        environment,
        'traffic',
      ].map(named);
      tell(`Deploys ${stacks.join(', ')}`);
      // Exclusively: traffic depends on both environments.
      const options = ['--exclusively', '--require-approval', 'never', '--progress', 'events'];
      await cdk(['deploy', '--app', assembly, ...options, ...stacks], signal);
      return version;
    } finally {
      await rm(assembly, { recursive: true, force: true });
    }
  };

/** The project's own CDK, with its lines passed on. */
export const projectCdk =
  (tell: (line: string) => void): Cdk =>
  async (args, signal) => {
    const cdk = spawn(process.execPath, [CDK, ...args], {
      cwd: ROOT,
      // The app is started with the same Node.
      env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // CloudFormation goes on by itself; the next deployment waits for it.
    signal.addEventListener('abort', () => cdk.kill('SIGINT'), { once: true });
    for (const stream of [cdk.stdout, cdk.stderr]) createInterface({ input: stream }).on('line', tell);
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    cdk.once('error', reject).once('close', resolve);
    const code = await promise;
    signal.throwIfAborted();
    if (code !== 0) throw new AppError(`cdk ${args[0]} failed (exit code ${code}): its lines above say why`);
  };
