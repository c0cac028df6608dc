import { randomUUID } from 'node:crypto';
import { type AwsCall, AwsError, type JsonObject, type Log } from '../aws.ts';
import { callResourceWith } from './integrations.ts';
import { compileStateMachine } from './interpreter.ts';

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

  constructor(awsCall: AwsCall, log: Log) {
    this.#awsCall = awsCall;
    this.#log = log;
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
      const result = await machine.execute(JSON.parse(String(request.input ?? '{}')), context, call);
      if (result.status === 'FAILED') this.#log(name, `${result.error}: ${result.cause}`);
      if (result.status === 'TIMED_OUT') this.#log(name, 'timed out');
      return {
        executionArn,
        stateMachineArn: arn,
        name: executionName,
        // Seconds since the epoch, as in AWS's JSON protocols.
        startDate: start / 1000,
        stopDate: Date.now() / 1000,
        status: result.status,
        ...(result.status === 'SUCCEEDED' ? { output: JSON.stringify(result.output) } : {}),
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
