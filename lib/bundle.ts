import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** How code becomes a bundle. */
export const BUNDLE_OPTIONS: BuildOptions = {
  bundle: true,
  minify: true,
  // Names appear in logs and metrics.
  keepNames: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // The package's ES modules where there are any: they shake better.
  mainFields: ['module', 'main'],
  // The SDK's ways to credentials, a quarter of a bundle, of which Lambda has one.
  alias: {
    '@aws-sdk/credential-provider-node': join(ROOT, 'functions/aws/environment-credentials.ts'),
  },
  // Loaded by the SDK for services that stream events, of which no function calls one: 20 kB.
  external: ['@smithy/core/event-streams'],
  // The few CommonJS packages among the dependencies call `require` for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'error',
  legalComments: 'none',
};

let built: { folder: string; entries: ReadonlySet<string> } | undefined;

/**
 * The folder that holds the bundle of a handler.
 *
 * All functions are bundled in one run of esbuild, which reads what they share once. The constructs that CDK
 * and others offer start esbuild for each function: seconds at each synth, and so at each start of the local
 * stage.
 * @param entry path of the handler's file from the project's root
 * @throws Error if there is no such handler, or if it does not build (esbuild prints why)
 */
export function bundle(entry: string): string {
  built ??= bundleAll();
  if (!built.entries.has(entry)) throw new Error(`There is no handler '${entry}'`);
  return join(built.folder, dirname(entry));
}

function bundleAll(): NonNullable<typeof built> {
  // CDK copies the bundles into its assembly; two runs at once must not share them.
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const entries = handlers();
  buildBundles(entries, folder);
  return { folder, entries: new Set(entries) };
}

/** The files of all handlers, as paths from the project's root. */
export const handlers = (): string[] =>
  globSync('{functions,vehicle-simulator}/**/handler.ts', { cwd: ROOT }).sort();

/**
 * Bundles files, each as `index.mjs` in its folder below `outdir`.
 * @param entries paths from the project's root
 * @returns what is in the bundles, and how large each is
 */
export function buildBundles(entries: readonly string[], outdir: string): Metafile {
  const options = {
    absWorkingDir: ROOT,
    entryPoints: entries.map((entry) => ({ in: entry, out: join(dirname(entry), 'index') })),
    outdir,
    outExtension: { '.js': '.mjs' },
    ...BUNDLE_OPTIONS,
  };
  return buildSync({ ...options, metafile: true }).metafile;
}
