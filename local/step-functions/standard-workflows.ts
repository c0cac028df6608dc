import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type AwsCall, AwsError, type Json, type JsonObject, type Log } from '../aws.ts';
import { callResourceWith } from './integrations.ts';
import { type CallResource, compileStateMachine, type StateMachine } from './interpreter.ts';

/** An execution, as DescribeExecution and the events on its status tell of it. */
export const Execution = z.object({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  name: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  /** Milliseconds since the epoch. */
  startDate: z.number(),
  stopDate: z.number().exactOptional(),
  /** JSON text, as `output` is. */
  input: z.string(),
  output: z.string().exactOptional(),
  error: z.string().exactOptional(),
  cause: z.string().exactOptional(),
});
export type Execution = Readonly<z.infer<typeof Execution>>;

interface Machine {
  readonly name: string;
  readonly stateMachine: StateMachine;
  readonly call: CallResource;
}

interface Running {
  readonly controller: AbortController;
  /** Settles when the execution has ended, however it did. */
  readonly ended: Promise<void>;
}

/** AWS keeps ended executions for 90 days; these are as many as somebody may still ask for. */
const MOST_ENDED = 1000;

/** API reference of StartExecution: what a name may not hold. */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/** Standard workflows: each execution has a name, and is there to be asked for after its end. */
export class StandardWorkflows {
  readonly #machines = new Map<string, Machine>();
  readonly #executions = new Map<string, Execution>();
  readonly #running = new Map<string, Running>();
  readonly #awsCall: AwsCall;
  readonly #log: Log;
  #onStatusChange: (execution: Execution) => void = () => undefined;
  #onState: (stateMachineArn: string) => void = () => undefined;
  #closed = false;

  constructor(awsCall: AwsCall, log: Log) {
    this.#awsCall = awsCall;
    this.#log = log;
  }

  /** @throws Error for a definition that is not understood, naming state and field */
  create(arn: string, { name, definition, role }: { name: string; definition: string; role: string }): void {
    const call = callResourceWith(this.#awsCall, role);
    this.#machines.set(arn, { name, stateMachine: compileStateMachine(definition), call });
  }

  /** The listener is told of each execution as it starts and as it ends, but not of those that the stage ends. */
  onStatusChange(listener: (execution: Execution) => void): void {
    this.#onStatusChange = listener;
  }

  /** The listener is told of each state that is entered. */
  onState(listener: (stateMachineArn: string) => void): void {
    this.#onState = listener;
  }

  /** Whether the state machine is one of these. */
  has(stateMachineArn: string): boolean {
    return this.#machines.has(stateMachineArn);
  }

  /**
   * StartExecution. With the name and the input of an execution that still runs, it answers that one.
   * @throws AwsError for an unknown machine, an invalid input or name, and a name that has been used
   */
  start(request: JsonObject): JsonObject {
    const { stateMachineArn, input = '{}' } = request;
    const machine = this.#machines.get(String(stateMachineArn));
    if (machine === undefined || this.#closed) {
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    }
    const name = String(request.name ?? randomUUID());
    if (!NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const data = parseInput(input);
    const executionArn = `${String(stateMachineArn).replace(':stateMachine:', ':execution:')}:${name}`;
    const known = this.#executions.get(executionArn);
    if (known !== undefined) {
      if (known.status === 'RUNNING' && known.input === input) return started(known);
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    const execution: Execution = {
      executionArn,
      stateMachineArn: String(stateMachineArn),
      name,
      status: 'RUNNING',
      startDate: Date.now(),
      input: String(input),
    };
    this.#note(execution);
    const controller = new AbortController();
    const ended = this.#run(execution, machine, data, controller.signal);
    this.#running.set(executionArn, { controller, ended });
    return started(execution);
  }

  /** Tells of an execution of an earlier stage with the same data: it ended, or was aborted when that stage ended. */
  adopt(execution: Execution): void {
    const cause = 'The local stage has ended meanwhile';
    const aborted: Execution = { ...execution, status: 'ABORTED', cause, stopDate: Date.now() };
    this.#note(execution.status === 'RUNNING' ? aborted : execution);
  }

  /** DescribeExecution. @throws AwsError ExecutionDoesNotExist */
  describe(request: JsonObject): JsonObject {
    const { startDate, stopDate, ...execution } = this.#find(request);
    return {
      ...execution,
      // Seconds since the epoch, as in AWS's JSON protocols.
      startDate: startDate / 1000,
      ...(stopDate === undefined ? {} : { stopDate: stopDate / 1000 }),
      inputDetails: { included: true },
      ...(execution.output === undefined ? {} : { outputDetails: { included: true } }),
    };
  }

  /**
   * StopExecution: it is aborted, in the middle of whatever it does. Of one that has ended, only the end is told.
   * @throws AwsError ExecutionDoesNotExist
   */
  async stop(request: JsonObject): Promise<JsonObject> {
    const { executionArn } = this.#find(request);
    const { error, cause } = request;
    const running = this.#running.get(executionArn);
    running?.controller.abort(
      new Aborted({
        ...(error === undefined ? {} : { error: String(error) }),
        ...(cause === undefined ? {} : { cause: String(cause) }),
      }),
    );
    await running?.ended;
    return { stopDate: (this.#find(request).stopDate ?? Date.now()) / 1000 };
  }

  /** Waits until the executions that run now have ended, not for those that follow them. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Ends all executions, of which nobody is told. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { controller } of this.#running.values()) controller.abort(new Aborted({}));
    await this.settled();
  }

  #find({ executionArn }: JsonObject): Execution {
    const execution = this.#executions.get(String(executionArn));
    if (execution !== undefined) return execution;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  }

  async #run(execution: Execution, machine: Machine, input: Json, signal: AbortSignal): Promise<void> {
    // Whoever starts an execution has its answer before the first state is entered.
    await new Promise(setImmediate);
    const outcome = await this.#outcome(execution, machine, input, signal);
    const { name } = machine;
    if (outcome.status === 'FAILED') this.#log(name, `${outcome.error}: ${outcome.cause}`);
    if (outcome.status === 'TIMED_OUT') this.#log(name, 'timed out');
    this.#running.delete(execution.executionArn);
    this.#note({ ...execution, ...outcome, stopDate: Date.now() });
  }

  async #outcome(
    { executionArn, name, startDate, stateMachineArn }: Execution,
    { name: stateMachineName, stateMachine, call }: Machine,
    input: Json,
    signal: AbortSignal,
  ): Promise<Pick<Execution, 'status' | 'output' | 'error' | 'cause'>> {
    const context = {
      executionId: executionArn,
      executionName: name,
      startTime: new Date(startDate).toISOString(),
      stateMachineId: stateMachineArn,
      stateMachineName,
    };
    try {
      const result = await stateMachine.execute(
        input,
        context,
        call,
        () => this.#onState(stateMachineArn),
        signal,
      );
      return result.status === 'SUCCEEDED' ? { ...result, output: JSON.stringify(result.output) } : result;
    } catch (error) {
      if (error instanceof Aborted) return { status: 'ABORTED', ...error.reason };
      // A fault of an engine: nobody waits for this execution, who could be told.
      return { status: 'FAILED', error: 'States.Runtime', cause: String(error) };
    }
  }

  #note(execution: Execution): void {
    const { executionArn, status } = execution;
    // The one that ended last comes last.
    this.#executions.delete(executionArn);
    this.#executions.set(executionArn, execution);
    if (status !== 'RUNNING') this.#forgetOldest();
    if (!this.#closed) this.#onStatusChange(execution);
  }

  #forgetOldest(): void {
    if (this.#executions.size - this.#running.size <= MOST_ENDED) return;
    for (const [arn, { status }] of this.#executions) {
      if (status === 'RUNNING') continue;
      this.#executions.delete(arn);
      return;
    }
  }
}

/** Why an execution was ended from outside. */
class Aborted extends Error {
  readonly reason: { readonly error?: string; readonly cause?: string };

  constructor(reason: { readonly error?: string; readonly cause?: string }) {
    super('The execution was stopped');
    this.reason = reason;
  }
}

const started = ({ executionArn, startDate }: Execution): JsonObject => ({
  executionArn,
  startDate: startDate / 1000,
});

function parseInput(input: Json): Json {
  try {
    return JSON.parse(String(input));
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', String(error));
  }
}
