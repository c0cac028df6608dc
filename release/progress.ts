import { createLogUpdate } from 'log-update';
import type { ShiftProgress } from './follow-shift.ts';
import { progressLine } from './texts.ts';

/** Lines of a release, and the live one of its shift; where there is no terminal, a line for each step. */
export class ShiftDisplay {
  readonly #stream: NodeJS.WriteStream;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  #percent: number | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#update = stream.isTTY ? createLogUpdate(stream) : undefined;
  }

  line(text: string): void {
    this.#update?.clear();
    this.#stream.write(`${text}\n`);
  }

  show(progress: ShiftProgress): void {
    if (this.#update !== undefined) this.#update(progressLine(progress));
    else if (progress.percent !== this.#percent) this.#stream.write(`${progressLine(progress)}\n`);
    this.#percent = progress.percent;
  }

  done(): void {
    this.#update?.clear();
  }
}
