import { createLogUpdate } from 'log-update';
import type { Progress } from './run-cases.ts';

const WIDTH = 30;
/** Where there is no terminal: a line now and then, for logs. */
const LINE_EVERY_MS = 10_000;

/** The bar of a run; where there is no terminal, a line now and then. */
export class ProgressBar {
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  readonly #stream: NodeJS.WriteStream;
  readonly #started = performance.now();
  #lastLineMs = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#update = stream.isTTY ? createLogUpdate(stream) : undefined;
  }

  show(progress: Progress): void {
    const elapsedMs = performance.now() - this.#started;
    const line = `${describe(progress)} · ${Math.round(elapsedMs / 1000)} s`;
    if (this.#update !== undefined) {
      this.#update(`${bar(progress)} ${line}`);
    } else if (elapsedMs - this.#lastLineMs >= LINE_EVERY_MS) {
      this.#lastLineMs = elapsedMs;
      this.#stream.write(`${line}\n`);
    }
  }

  done(): void {
    this.#update?.clear();
  }
}

const describe = ({ cases, sent, ended, checked, failed }: Progress): string =>
  `${sent} of ${cases} sent · ${sent - ended} in flight · ${checked} checked · ${failed} failed`;

/** Full for what is checked, half for what has ended. */
function bar({ cases, ended, checked }: Progress): string {
  const full = Math.floor((checked / cases) * WIDTH);
  const half = Math.floor((ended / cases) * WIDTH) - full;
  return `${'█'.repeat(full)}${'▒'.repeat(Math.max(0, half))}${'░'.repeat(WIDTH - full - Math.max(0, half))}`;
}
