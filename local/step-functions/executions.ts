import { randomUUID } from 'node:crypto';
import { type AwsCall, AwsError, type JsonObject, type Log } from '../aws.ts';
import { callResourceWith } from './integrations.ts';
import { compileStateMachine } from './interpreter.ts';

/** An execution that has ended. */
export interface ExpressExecution {
  readonly stateMachineArn: string;
  /** JSON text, as `input` and `output` are. */
  readonly definition: string;
  readonly input: string;
  /** Empty if it did not succeed. */
  readonly output: string;
  readonly milliseconds: number;
  readonly succeeded: boolean;
}

/**
 * Express workflows, executed synchronously.
 * @throws Error for a definition that is not understood, naming state and field
 */
export class ExpressWorkflows {
  readonly #machines = new Map<
    string,
    { name: string; execute: (input: JsonObject) => Promise<JsonObject> }
  >();
  readonly #awsCall: AwsCall;
  readonly #log: Log;
  #onEnd: (execution: ExpressExecution) => void = () => undefined;

  constructor(awsCall: AwsCall, log: Log) {
    this.#awsCall = awsCall;
    this.#log = log;
  }

  /** The listener is told of each execution as it ends. */
  onEnd(listener: (execution: ExpressExecution) => void): void {
    this.#onEnd = listener;
  }

  create(arn: string, { name, definition, role }: { name: string; definition: string; role: string }): void {
    const machine = compileStateMachine(definition);
    const call = callResourceWith(this.#awsCall, role);
    const execute = async (request: JsonObject): Promise<JsonObject> => {
      const executionName = typeof request.name === 'string' ? request.name : randomUUID();
      const executionArn = `${arn.replace(':stateMachine:', ':express:')}:${executionName}:${randomUUID()}`;
      const start = Date.now();
      const context = {
        executionId: executionArn,
        executionName,
        startTime: new Date(start).toISOString(),
        stateMachineId: arn,
        stateMachineName: name,
      };
      const input = String(request.input ?? '{}');
      const result = await machine.execute(JSON.parse(input), context, call);
      const stop = Date.now();
      const succeeded = result.status === 'SUCCEEDED';
      const output = succeeded ? JSON.stringify(result.output) : '';
      this.#onEnd({ stateMachineArn: arn, definition, input, output, milliseconds: stop - start, succeeded });
      if (result.status === 'FAILED') this.#log(name, `${result.error}: ${result.cause}`);
      if (result.status === 'TIMED_OUT') this.#log(name, 'timed out');
      return {
        executionArn,
        stateMachineArn: arn,
        name: executionName,
        // Seconds since the epoch, as in AWS's JSON protocols.
        startDate: start / 1000,
        stopDate: stop / 1000,
        status: result.status,
        ...(succeeded ? { output } : {}),
        ...(result.status === 'FAILED' ? { error: result.error, cause: result.cause } : {}),
      };
    };
    this.#machines.set(arn, { name, execute });
  }

  /** Whether the state machine is one of these. */
  has(stateMachineArn: string): boolean {
    return this.#machines.has(stateMachineArn);
  }

  /** StartSyncExecution. @throws AwsError for an ARN that is none of ours, or an input that is no JSON */
  async startSync(request: JsonObject): Promise<JsonObject> {
    const machine = this.#machines.get(String(request.stateMachineArn));
    if (machine === undefined) {
      throw new AwsError(
        'StateMachineDoesNotExist',
        `State Machine Does Not Exist: '${request.stateMachineArn}'`,
      );
    }
    try {
      return await machine.execute(request);
    } catch (error) {
      if (error instanceof SyntaxError) throw new AwsError('InvalidExecutionInput', error.message);
      throw error;
    }
  }
}
