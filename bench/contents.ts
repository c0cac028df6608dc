import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

/** What a bundle holds. */
export interface BundleContents {
  /** Path of the handler's file from the project's root. */
  readonly entry: string;
  readonly bytes: number;
  /** Of npm, as far as any of their code is in the bundle, by name. */
  readonly packages: readonly string[];
}

/** By handler: the most bytes that its bundle may have, and the packages in it. */
export const Budget = z.record(
  z.string(),
  z.object({ bytes: z.int().positive(), packages: z.array(z.string()) }),
);
export type Budget = z.infer<typeof Budget>;

export const BUDGET_FILE = join(dirname(fileURLToPath(import.meta.url)), 'bundle-sizes.json');

/** Small changes of a function's own code need no new budget: bytes are rounded up to whole steps of these. */
const STEP_BYTES = 5_000;

/** A bundle this far below its budget could grow back unnoticed, by as much as a small package has. */
const SLACK_BYTES = 3 * STEP_BYTES;

const UPDATE = 'npm run bench:functions -- --update';

/** @returns what is in each bundle, by handler */
export function contentsOf({ outputs }: Metafile): BundleContents[] {
  return Object.values(outputs)
    .map(({ entryPoint = '', bytes, inputs }) => {
      const files = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      const packages = new Set(files.flatMap(([file]) => packageOf(file) ?? []));
      return { entry: entryPoint, bytes, packages: [...packages].sort() };
    })
    .sort((one, other) => one.entry.localeCompare(other.entry));
}

/** The innermost, if packages have packages of their own. */
const packageOf = (file: string): string | undefined =>
  [...file.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].at(-1)?.[1];

export const budgetFor = (bundles: readonly BundleContents[]): Budget =>
  Object.fromEntries(
    bundles.map(({ entry, bytes, packages }) => [
      entry,
      { bytes: Math.ceil(bytes / STEP_BYTES) * STEP_BYTES, packages: [...packages] },
    ]),
  );

/** @returns what is not as the budget says, one line each, with what to do */
export function deviations(bundles: readonly BundleContents[], budget: Budget): string[] {
  const gone = Object.keys(budget).filter((entry) => !bundles.some((bundle) => bundle.entry === entry));
  return [
    ...bundles.flatMap((bundle) => deviationsOf(bundle, budget[bundle.entry])),
    ...gone.map((entry) => `${entry} has a budget, but is no handler any more: ${UPDATE}`),
  ];
}

function deviationsOf(
  { entry, bytes, packages }: BundleContents,
  budget: Budget[string] | undefined,
): string[] {
  if (budget === undefined) return [`${entry} has no budget: ${UPDATE}`];
  const added = packages.filter((name) => !budget.packages.includes(name));
  const removed = budget.packages.filter((name) => !packages.includes(name));
  return [
    ...(bytes > budget.bytes
      ? [`${entry} has grown to ${bytes} bytes, its budget is ${budget.bytes}. Shrink it, or ${UPDATE}`]
      : []),
    ...(bytes < budget.bytes - SLACK_BYTES
      ? [`${entry} has ${bytes} bytes, far below its budget of ${budget.bytes}: ${UPDATE}`]
      : []),
    ...(added.length > 0
      ? [`${entry} bundles ${added.join(', ')}, which it did not. Take it out, or ${UPDATE}`]
      : []),
    ...(removed.length > 0 ? [`${entry} bundles ${removed.join(', ')} no more: ${UPDATE}`] : []),
  ];
}
