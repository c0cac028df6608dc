import { cpSync } from 'node:fs';
import { watch } from 'chokidar';
import { type Resource, readAssembly } from './cloudformation/assembly.ts';

const FOLDERS = ['functions', 'vehicle-simulator', 'lib', 'statemachines'];
/** Editors write a file in several steps. */
const SETTLE_MS = 100;

/**
 * Calls `onChange` after files of the project changed, never twice at once.
 * @returns a function that ends it
 */
export function watchSources(root: string, onChange: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(onChange);
    }, SETTLE_MS);
  };
  const watcher = watch([...FOLDERS], { cwd: root, ignoreInitial: true }).on('all', changed);
  return () => {
    clearTimeout(timer);
    void watcher.close();
  };
}

/**
 * Copies the code of functions that changed between two assemblies over the code that runs.
 * @returns the functions' names in the templates (stack and logical id), and whether anything but code changed
 */
export function updateCode(running: string, fresh: string): { changed: string[]; templatesDiffer: boolean } {
  const before = functionsOf(running);
  const after = functionsOf(fresh);
  const changed: string[] = [];
  for (const [id, { hash, folder }] of after.functions) {
    const old = before.functions.get(id);
    if (old === undefined || old.hash === hash) continue;
    cpSync(folder, old.folder, { recursive: true });
    changed.push(id);
  }
  return { changed, templatesDiffer: before.rest !== after.rest };
}

function functionsOf(assembly: string) {
  const functions = new Map<string, { hash: string; folder: string }>();
  const rest: unknown[] = [];
  for (const { stackName, template, assets } of readAssembly(assembly)) {
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      const hash = codeHash(resource);
      const folder = assets.get(hash ?? '');
      if (hash !== undefined && folder !== undefined)
        functions.set(`${stackName}/${logicalId}`, { hash, folder });
      rest.push([stackName, logicalId, withoutCode(resource)]);
    }
  }
  return { functions, rest: JSON.stringify(rest) };
}

function codeHash({ Type, Properties: { Code } }: Resource): string | undefined {
  if (Type !== 'AWS::Lambda::Function' || Code === null || typeof Code !== 'object' || Array.isArray(Code)) {
    return undefined;
  }
  return String(Code?.S3Key).replace(/\.zip$/, '');
}

const withoutCode = ({ Metadata: _, ...resource }: Resource) => ({
  ...resource,
  Properties: { ...resource.Properties, Code: null },
});
