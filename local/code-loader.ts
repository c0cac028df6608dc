import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENTS } from '../lib/stages.ts';
import { type Resource, readAssembly, type StackArtifact } from './cloudformation/assembly.ts';
import { codeOf, versionOf } from './cloudformation/environment-version.ts';
import type { LambdaFunction } from './lambda/function.ts';
import { resourceName } from './resource-name.ts';

/** Anything but the code of functions differs from what runs. */
export class TemplatesDiffer extends Error {}

/** The sources as they are make no cloud assembly. */
export class SourcesDoNotBuild extends Error {}

export interface CodeLoaderOptions {
  /** Folder of the cloud assembly that the stage was started from. */
  readonly assembly: string;
  /** Synthesises the sources as they are now into a folder. */
  readonly synthesise: (outdir: string) => Promise<void>;
  /** Those that run, by name. */
  readonly functionNamed: (name: string) => LambdaFunction | undefined;
}

export interface LoadOptions {
  /** Whose functions are loaded: only its own, and those of no other stack. Absent, all of the stage's. */
  readonly environment?: string;
  /** Whether code is loaded even if more than code differs. */
  readonly evenIfTemplatesDiffer?: boolean;
}

interface Loaded {
  /** Names of the functions that run other code than before. */
  readonly changed: readonly string[];
  /** Resources that differ in more than code, by stack and logical id; they stay as they are. */
  readonly differing: readonly string[];
}

interface RunningStack {
  readonly stackName: string;
  hashes: ReadonlyMap<string, string>;
  readonly definitions: ReturnType<typeof codeOf>['definitions'];
}

/**
 * Loads the code of functions from the sources into a running stage, into one environment or all. Environments start
 * with one folder of code for both; what is loaded later is in folders by its hash, which nobody ever changes, so no
 * function sees code that was loaded into another.
 */
export class CodeLoader {
  readonly #options: CodeLoaderOptions;
  readonly #stacks: ReadonlyMap<string, RunningStack>;
  readonly #rest: ReadonlyMap<string, string>;
  readonly #folder: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CodeLoaderOptions) {
    this.#options = options;
    const stacks = readAssembly(options.assembly);
    this.#stacks = new Map(
      stacks.map((stack) => [stack.stackName, { stackName: stack.stackName, ...codeOf(stack) }]),
    );
    this.#rest = allButCode(stacks);
    this.#folder = mkdtempSync(`${options.assembly}-code-`);
  }

  /** Of each environment, the version of what runs. */
  versions(): Record<string, { version: string }> {
    return Object.fromEntries(
      ENVIRONMENTS.flatMap((environment) => {
        const stack = this.#stackOf(environment);
        return stack === undefined ? [] : [[environment, { version: versionOf(stack) }]];
      }),
    );
  }

  /**
   * One after the other, if there are several.
   * @throws SourcesDoNotBuild
   * @throws TemplatesDiffer, with nothing loaded
   */
  load(options: LoadOptions = {}): Promise<Loaded> {
    const loaded = this.#last.then(() => this.#load(options));
    this.#last = loaded.catch(() => undefined);
    return loaded;
  }

  /** Waits for what is being loaded, and deletes the code. */
  async close(): Promise<void> {
    await this.#last;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #load({ environment, evenIfTemplatesDiffer = false }: LoadOptions): Promise<Loaded> {
    const only = environment === undefined ? undefined : this.#stackOf(environment);
    if (environment !== undefined && only === undefined) {
      throw new Error(`There is no environment ${environment}`);
    }
    const fresh = mkdtempSync(join(this.#folder, 'assembly-'));
    try {
      await this.#options.synthesise(fresh).catch((error: unknown) => {
        throw new SourcesDoNotBuild(error instanceof Error ? error.message : String(error), { cause: error });
      });
      const stacks = readAssembly(fresh);
      const differing = differences(this.#rest, allButCode(stacks));
      if (differing.length > 0 && !evenIfTemplatesDiffer) {
        throw new TemplatesDiffer(
          `More than the code of functions differs (${differing.slice(0, 3).join(', ')}): start the stage again to run it.`,
        );
      }
      const affected =
        environment === undefined ? stacks : stacks.filter(({ stackName }) => stackName === only?.stackName);
      return { changed: (await Promise.all(affected.map((stack) => this.#run(stack)))).flat(), differing };
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }

  /** @returns the names of the functions that run the stack's code now, and did not before */
  async #run(stack: StackArtifact): Promise<string[]> {
    const running = this.#stacks.get(stack.stackName);
    if (running === undefined) return [];
    const hashes = new Map(running.hashes);
    const changed: [string, LambdaFunction][] = [];
    for (const [logicalId, hash] of codeOf(stack).hashes) {
      const name = resourceName(stack.stackName, logicalId);
      const lambda = this.#options.functionNamed(name);
      const folder = stack.assets.get(hash);
      if (lambda === undefined || folder === undefined || hashes.get(logicalId) === hash) continue;
      lambda.reload(this.#keep(hash, folder));
      hashes.set(logicalId, hash);
      changed.push([name, lambda]);
    }
    running.hashes = hashes;
    // The first command should not wait for cold starts. Code that does not start says so in the log, as on AWS.
    await Promise.allSettled(changed.map(([, lambda]) => lambda.warm()));
    return changed.map(([name]) => name);
  }

  #keep(hash: string, folder: string): string {
    const kept = join(this.#folder, hash);
    if (!existsSync(kept)) {
      // Whole, or not at all.
      const copy = mkdtempSync(`${kept}-`);
      cpSync(folder, copy, { recursive: true });
      renameSync(copy, kept);
    }
    return kept;
  }

  #stackOf(environment: string): RunningStack | undefined {
    return [...this.#stacks.values()].find(({ stackName }) => stackName.endsWith(`-${environment}`));
  }
}

/** Every resource but for its code and for what only describes it, by stack and logical id. */
function allButCode(stacks: readonly StackArtifact[]): Map<string, string> {
  return new Map(
    stacks.flatMap(({ stackName, template }) =>
      Object.entries(template.Resources)
        .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
        .map(([logicalId, resource]) => [`${stackName}/${logicalId}`, JSON.stringify(withoutCode(resource))]),
    ),
  );
}

const withoutCode = ({ Metadata: _, ...resource }: Resource) =>
  resource.Type === 'AWS::Lambda::Function'
    ? { ...resource, Properties: { ...resource.Properties, Code: null } }
    : resource;

const differences = (running: ReadonlyMap<string, string>, fresh: ReadonlyMap<string, string>): string[] =>
  [...new Set([...running.keys(), ...fresh.keys()])].filter((id) => running.get(id) !== fresh.get(id));
