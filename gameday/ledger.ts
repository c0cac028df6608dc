/** A command that the stage accepted, as the app sees it. */
export interface Command {
  readonly eventId: string;
  readonly vin: string;
  /** The end that polls showed. */
  end?: { readonly word: 'EXECUTED' | 'ERROR'; readonly reason: string | undefined };
}

/** What became of one request for a command. */
interface Attempt {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Undefined if it was not accepted. */
  readonly command: Command | undefined;
}

/** In a row, which are no luck. */
const FINE_SECONDS = 5;

/** What apps saw in a part of a game day. */
export class Phase {
  /** When it began; milliseconds since the epoch. */
  readonly from = Date.now();
  readonly attempts: Attempt[] = [];
  /** Answers that are not the ones hoped for, by status; 0 stands for none at all. */
  readonly failures = new Map<number, number>();
  /** Requests that were answered as hoped: commands accepted, polls that showed a status. */
  answered = 0;

  failed(status: number): void {
    this.failures.set(status, (this.failures.get(status) ?? 0) + 1);
  }

  get requests(): number {
    return [...this.failures.values()].reduce((sum, number) => sum + number, this.answered);
  }

  /** From 0 to 1; 1 if nobody asked. */
  get availability(): number {
    return this.requests === 0 ? 1 : this.answered / this.requests;
  }

  /**
   * Seconds from the phase's begin to the first of five in a row whose commands were all accepted and ended as
   * EXECUTED: one alone may be luck. Undefined if that never came.
   */
  get secondsToRecover(): number | undefined {
    const bySecond = Map.groupBy(this.attempts, ({ at }) => Math.floor((at - this.from) / 1000));
    const fine = (second: number) =>
      bySecond.get(second)?.every(({ command }) => command?.end?.word === 'EXECUTED') === true;
    return [...bySecond.keys()].find((second) =>
      Array.from({ length: FINE_SECONDS }, (_, later) => second + later).every(fine),
    );
  }
}

/** Everything that apps did on a game day, from the first request to the last end. */
export class Ledger {
  readonly commands: Command[] = [];
  /** Commands that could not even be asked for: every vehicle was busy. */
  notSent = 0;
  #phase = new Phase();

  /** Where requests count that are sent now. */
  get phase(): Phase {
    return this.#phase;
  }

  begin(): Phase {
    this.#phase = new Phase();
    return this.#phase;
  }

  get open(): Command[] {
    return this.commands.filter(({ end }) => end === undefined);
  }
}
