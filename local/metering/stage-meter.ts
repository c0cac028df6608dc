import type { BesideHandler, Front } from '../api-gateway/http-server.ts';
import type { AwsCall, AwsRequest, JsonObject, Log } from '../aws.ts';
import type { StackArtifact } from '../cloudformation/assembly.ts';
import type { DynamoDbEngine } from '../dynamodb/engine.ts';
import type { LambdaDefinition, LambdaFunction } from '../lambda/function.ts';
import type { MessagingEngine } from '../messaging/engine.ts';
import type { ExpressExecution } from '../step-functions/executions.ts';
import { ApiRequests } from './api-requests.ts';
import { BuildingBlocks, lastPart, type Owner } from './building-blocks.ts';
import { meteredQueues } from './deliveries.ts';
import {
  type AccessLogBytes,
  accessLogBytes,
  FAILURE_LOG_BYTES,
  INITIALISATION_LOG_BYTES,
  INVOCATION_LOG_BYTES,
} from './log-lines.ts';
import { type MessagingCall, requestsOfPayload } from './messaging-calls.ts';
import { Meter } from './meter.ts';
import type { Block, MeterReading, Unit } from './meter-reading.ts';
import { readSettings, type Settings } from './settings.ts';
import { TraceSampling } from './trace-sampling.ts';
import { expressGbSeconds, expressMemory, LOG_EVENT_OVERHEAD, lambdaGbSeconds } from './units.ts';

/** How long DynamoDB uses a data key of its own before it asks KMS again, by caller and table. */
const KEY_REUSE_MS = 5 * 60_000;

/** The building block of the app's API. */
const APP_BLOCK: Block = 'event-creation';

/** What counts for itself, and is asked when somebody reads the meter. */
export interface Sources {
  readonly dynamoDb: Pick<DynamoDbEngine, 'consumption'>;
  readonly functions: readonly {
    readonly definition: LambdaDefinition;
    readonly lambda: Pick<LambdaFunction, 'stats'>;
  }[];
}

/** What an Express workflow's memory hangs on. */
interface Machine {
  readonly definition: string;
  /** Of the definition. */
  readonly bytes: number;
  readonly branches: number;
}

/**
 * Counts what AWS would bill of a local stage, by building block: units.ts has its rounding, building-blocks.ts who pays.
 * The engines tell it of each use; what costs by the hour or month is none.
 */
export class StageMeter {
  readonly #meter = new Meter();
  readonly #blocks: BuildingBlocks;
  readonly #settings: Settings;
  readonly #traces = new TraceSampling();
  readonly #requests: ApiRequests;
  readonly #since = new Date();
  readonly #machines = new Map<string, Machine>();
  /** When a caller last made DynamoDB ask for a table's key, by both. */
  readonly #keysAsked = new Map<string, number>();

  /** @throws Error for a resource without a building block, and for what the meter does not know */
  constructor(stacks: readonly StackArtifact[]) {
    this.#blocks = new BuildingBlocks(stacks);
    this.#settings = readSettings(stacks);
    this.#requests = new ApiRequests(this.#meter, this.#settings);
  }

  /** A call from template to template that is about to be made. */
  call({ service, action, input, role }: AwsRequest): void {
    switch (service) {
      case 'sns':
        this.#message('sns:requests', String(input.TopicArn), role, input);
        break;
      case 'sqs':
        this.#message('sqs:requests', String(input.QueueUrl), role, input);
        break;
      case 'lambda':
        if (!this.#isTraced(role)) this.#started(lastPart(String(input.FunctionName)));
        break;
      case 'states':
        if (action.startsWith('Start') && !this.#isTraced(role)) {
          this.#started(lastPart(String(input.stateMachineArn)));
        }
        break;
      case 'dynamodb':
        this.#keyUsed(String(input.TableName), role);
        break;
    }
  }

  /** By which the database counts the calls that are made in this role. */
  callerOf(role: string, action: string): string {
    return this.#blocks.callerOf(role, action);
  }

  /** The same calls, of which those of workflows that fail are logged. */
  withTaskLogs(awsCall: AwsCall): AwsCall {
    return async (request) => {
      try {
        return await awsCall(request);
      } catch (error) {
        this.#failed(lastPart(request.role));
        throw error;
      }
    };
  }

  /** A call of SNS or SQS by an SDK. What tools do is no part of the system. */
  readonly messagingCall = ({ service, accessKeyId, resource, requests }: MessagingCall): void => {
    const caller = this.#blocks.find(accessKeyId);
    if (caller === undefined) return;
    const { block } = caller;
    this.#meter.add({ block, resource: this.#blocks.of(resource).resource }, `${service}:requests`, requests);
  };

  /** A secret was read in this role. */
  readonly secretRead = (role: string): void => {
    const caller = this.#blocks.find(role);
    if (caller !== undefined)
      this.#meter.add({ ...caller, resource: 'Secrets' }, 'secrets-manager:requests', 1);
  };

  /** The queues, for an event source of this function. */
  eventSource(
    functionName: string,
    messaging: Pick<MessagingEngine, 'consume'>,
  ): Pick<MessagingEngine, 'consume'> {
    const owner = this.#blocks.of(functionName);
    return meteredQueues(messaging, this.#meter, this.#blocks, owner, () =>
      this.#started(lastPart(functionName)),
    );
  }

  /** The queues, for this pipe. */
  pipe(name: string, messaging: Pick<MessagingEngine, 'consume'>): Pick<MessagingEngine, 'consume'> {
    const pipe = this.#blocks.of(name);
    return meteredQueues(messaging, this.#meter, this.#blocks, pipe, (requests) =>
      this.#meter.add(pipe, 'pipes:requests', requests),
    );
  }

  /** The same log of functions. */
  functionLog(log: Log): Log {
    return (source, line) => {
      this.#meter.add(this.#blocks.of(source), 'logs:bytes', Buffer.byteLength(line) + LOG_EVENT_OVERHEAD);
      log(source, line);
    };
  }

  /** An execution of an Express workflow has ended. */
  readonly expressEnded = (execution: ExpressExecution): void => {
    const { stateMachineArn, definition, milliseconds, input, output, succeeded } = execution;
    const workflow = this.#blocks.of(stateMachineArn);
    const { bytes, branches } = this.#machine(stateMachineArn, definition);
    const memory = expressMemory(bytes, Buffer.byteLength(input) + Buffer.byteLength(output), branches);
    this.#meter.add(workflow, 'step-functions:express-requests', 1);
    this.#meter.add(workflow, 'step-functions:express-gb-seconds', expressGbSeconds(milliseconds, memory));
    if (!succeeded) this.#failed(lastPart(stateMachineArn));
  };

  /** A Standard workflow has entered a state. */
  readonly standardState = (stateMachineArn: string): void => {
    this.#meter.add(this.#blocks.of(stateMachineArn), 'step-functions:standard-transitions', 1);
  };

  /**
   * Sees the requests at the origin of the app's API that nobody else answers. Each environment has that API, and an
   * answer does not tell whose it is: they cost the same.
   */
  ofApp(): BesideHandler {
    const apiId = [...this.#settings.accessLogs.keys()].find((id) => this.#blocks.of(id).block === APP_BLOCK);
    if (apiId === undefined) throw new Error(`No API belongs to ${APP_BLOCK}`);
    return this.#requests.ofApp(this.#blocks.of(apiId), this.#accessLog(apiId));
  }

  /** Sees the requests of another API, before the front does. */
  ofApi(apiId: string, front: Front): Front {
    return this.#requests.of(this.#blocks.of(apiId), this.#accessLog(apiId), front);
  }

  /** All that was used since the meter began. */
  async read({ dynamoDb, functions }: Sources): Promise<MeterReading> {
    const consumption = await dynamoDb.consumption();
    const all = new Meter(this.#meter.uses);
    for (const { caller, table, readUnits, writeUnits } of consumption) {
      const block = this.#blocks.ofCaller(caller);
      if (block === undefined) continue;
      const owner: Owner = { block, resource: this.#blocks.of(table).resource };
      all.add(owner, 'dynamodb:read-units', readUnits);
      all.add(owner, 'dynamodb:write-units', writeUnits);
    }
    for (const { definition, lambda } of functions) {
      const owner = this.#blocks.of(definition.name);
      const { invocations, billedMs, initMs } = lambda.stats();
      const initialisation = initMs.reduce((sum, milliseconds) => sum + Math.ceil(milliseconds), 0);
      all.add(owner, 'lambda:requests', invocations);
      all.add(owner, 'lambda:gb-seconds', lambdaGbSeconds(billedMs + initialisation, definition.memoryMb));
      if (this.#settings.quiet.has(definition.name)) continue;
      all.add(
        owner,
        'logs:bytes',
        invocations * INVOCATION_LOG_BYTES + initMs.length * INITIALISATION_LOG_BYTES,
      );
    }
    return {
      from: this.#since.toISOString(),
      to: new Date().toISOString(),
      ...this.#requests.counts,
      uses: all.uses.filter(({ amount }) => amount > 0),
    };
  }

  #accessLog(apiId: string): AccessLogBytes {
    return accessLogBytes(this.#settings.accessLogs.get(apiId));
  }

  #isTraced(role: string): boolean {
    return this.#settings.traced.has(lastPart(role));
  }

  /** Messages that a template publishes or sends. */
  #message(unit: Unit, resource: string, role: string, input: JsonObject): void {
    const owner = this.#blocks.of(resource);
    const block = this.#blocks.find(role)?.block ?? owner.block;
    this.#meter.add({ ...owner, block }, unit, requestsOfPayload(input));
  }

  #keyUsed(table: string, role: string): void {
    if (!this.#settings.ownKey.has(table)) return;
    const key = `${role} ${table}`;
    const now = Date.now();
    if (now - (this.#keysAsked.get(key) ?? 0) < KEY_REUSE_MS) return;
    this.#keysAsked.set(key, now);
    const owner = this.#blocks.of(table);
    this.#meter.add({ ...owner, block: this.#blocks.find(role)?.block ?? owner.block }, 'kms:requests', 1);
  }

  /** A function or workflow was started by something that is not traced itself. */
  #started(name: string): void {
    if (!this.#settings.traced.has(name)) return;
    this.#meter.add(this.#blocks.of(name), 'x-ray:traces', this.#traces.tracesOf(name));
  }

  /** A workflow has failed, or a task of one that acts in this role. */
  #failed(name: string): void {
    const workflow = this.#settings.logged.get(name);
    if (workflow !== undefined) this.#meter.add(this.#blocks.of(workflow), 'logs:bytes', FAILURE_LOG_BYTES);
  }

  #machine(arn: string, definition: string): Machine {
    const known = this.#machines.get(arn);
    if (known?.definition === definition) return known;
    const machine = { definition, bytes: Buffer.byteLength(definition), branches: branchesOf(definition) };
    this.#machines.set(arn, machine);
    return machine;
  }
}

/** Branches of all Parallel states: each has the execution's data to itself. */
function branchesOf(definition: string): number {
  let branches = 0;
  JSON.parse(definition, (name, value: unknown) => {
    if (name === 'Branches' && Array.isArray(value)) branches += value.length;
    return value;
  });
  return branches;
}
