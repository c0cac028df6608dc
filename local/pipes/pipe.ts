import type { AwsCall, Json, JsonObject } from '../aws.ts';
import { DEFAULT_CONCURRENCY, MAX_BATCH_SIZE } from '../messaging/consumer.ts';
import type { Consumer, MessagingEngine, SqsRecord } from '../messaging/engine.ts';
import { failedMessages } from '../messaging/partial-batch.ts';

const INERT_PROPERTIES = ['Description', 'KmsKeyIdentifier', 'LogConfiguration', 'Name', 'Tags'];

const PROPERTIES = ['DesiredState', 'RoleArn', 'Source', 'SourceParameters', 'Target', 'TargetParameters'];

/** The parts of a pipe's surroundings that it uses. */
export interface PipeContext {
  readonly messaging: Pick<MessagingEngine, 'consume'>;
  readonly awsCall: AwsCall;
  /** Gets a line for each batch that failed. */
  log(line: string): void;
}

/**
 * Starts an `AWS::Pipes::Pipe` from an SQS queue to an Express workflow, which it waits for. The workflow's
 * input is a list of records, with a batch size of 1 too. If the execution does not succeed, the whole batch
 * failed; if its output is `{batchItemFailures}`, those messages did.
 * @param properties resolved
 * @throws Error that names what the local stage does not know: filters, enrichment, input templates, other
 * sources and targets, and FIRE_AND_FORGET, with which an execution could be lost
 */
export function startPipe(properties: JsonObject, { messaging, awsCall, log }: PipeContext): Consumer {
  const { queueArn, batchSize, stateMachineArn, role, running } = readPipe(properties);
  if (!running) return { stop: () => Promise.resolve() };

  const execute = (records: SqsRecord[]): Promise<JsonObject> =>
    awsCall({
      service: 'states',
      action: 'StartSyncExecution',
      input: { stateMachineArn, input: JSON.stringify(records) },
      role,
    });

  const handle = async (records: SqsRecord[]): Promise<string[]> => {
    try {
      const { status, output, error, cause } = await execute(records);
      if (status === 'SUCCEEDED') return failuresOf(output, records);
      log(`ERROR the execution ended with ${status}: ${error ?? ''} ${cause ?? ''}`);
    } catch (error) {
      log(`ERROR the execution did not start: ${error}`);
    }
    return records.map(({ messageId }) => messageId);
  };
  return messaging.consume(queueArn, { batchSize, concurrency: () => DEFAULT_CONCURRENCY }, handle);
}

/** A workflow's output is its own affair, unless it names failures. */
function failuresOf(output: Json | undefined, records: readonly SqsRecord[]): string[] {
  const answer: Json = typeof output === 'string' ? JSON.parse(output) : null;
  const reports = answer !== null && typeof answer === 'object' && 'batchItemFailures' in answer;
  return reports ? failedMessages(answer, records) : [];
}

function readPipe(properties: JsonObject) {
  refuseOthers(properties, [...PROPERTIES, ...INERT_PROPERTIES]);
  const { Source, Target, RoleArn, SourceParameters, TargetParameters, DesiredState } = properties;

  const source = objectOf(SourceParameters);
  refuseOthers(source, ['SqsQueueParameters']);
  const sqs = objectOf(source.SqsQueueParameters);
  refuseOthers(sqs, ['BatchSize', 'MaximumBatchingWindowInSeconds']);
  const window = Number(sqs.MaximumBatchingWindowInSeconds ?? 0);
  if (window !== 0) throw unknown(`MaximumBatchingWindowInSeconds ${window}`);
  const batchSize = Number(sqs.BatchSize ?? MAX_BATCH_SIZE);
  if (!(batchSize >= 1 && batchSize <= MAX_BATCH_SIZE)) throw unknown(`BatchSize ${batchSize}`);

  const target = objectOf(TargetParameters);
  refuseOthers(target, ['StepFunctionStateMachineParameters']);
  const { InvocationType = 'REQUEST_RESPONSE' } = objectOf(target.StepFunctionStateMachineParameters);
  if (InvocationType !== 'REQUEST_RESPONSE') throw unknown(`InvocationType ${InvocationType}`);

  return {
    queueArn: arnOf(Source, 'arn:aws:sqs:'),
    stateMachineArn: arnOf(Target, 'arn:aws:states:'),
    role: String(RoleArn),
    batchSize,
    running: DesiredState !== 'STOPPED',
  };
}

function arnOf(value: Json | undefined, prefix: string): string {
  if (typeof value === 'string' && value.startsWith(prefix)) return value;
  throw unknown(`a source or target ${value}`);
}

const objectOf = (value: Json | undefined): JsonObject => (value ?? {}) as JsonObject;

function refuseOthers(properties: JsonObject, known: readonly string[]): void {
  const other = Object.keys(properties).find((name) => !known.includes(name));
  if (other !== undefined) throw unknown(other);
}

const unknown = (what: string): Error =>
  new Error(`The local stage does not know ${what} of an AWS::Pipes::Pipe`);
