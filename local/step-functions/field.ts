import { StatesError } from './errors.ts';

/** What `$states` shows in a field besides `input` and `context`. */
export type Outcome = 'result' | 'errorOutput';

/** A place in a definition, such as `Arguments/Item/vin` of state 'Claim': messages name it. */
export class Field {
  readonly state: string | undefined;
  readonly path: string;
  readonly outcome: Outcome | undefined;

  /** @param state undefined for the fields of the machine itself */
  constructor(state?: string, path = '', outcome?: Outcome) {
    this.state = state;
    this.path = path;
    this.outcome = outcome;
  }

  at(...names: readonly PropertyKey[]): Field {
    const path = [this.path, ...names.map(String)].filter((part) => part !== '').join('/');
    return new Field(this.state, path, this.outcome);
  }

  /** The same place, whose expressions may read `$states.result` or `$states.errorOutput`. */
  seeing(outcome: Outcome): Field {
    return new Field(this.state, this.path, outcome);
  }

  /** The error that refuses a definition because of this field. */
  refusal(problem: string): Error {
    const owner = this.state === undefined ? 'State machine' : `State '${this.state}'`;
    return new Error(`${owner}${this.path === '' ? '' : `, field '${this.path}'`}: ${problem}`);
  }

  /** The error of an execution in which this field has no proper value. */
  evaluationError(problem: string): StatesError {
    return new StatesError(
      'States.QueryEvaluationError',
      `An error occurred while executing the state '${this.state}'. ${problem} (field '${this.path}')`,
    );
  }
}
