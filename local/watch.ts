import { watch } from 'chokidar';

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
