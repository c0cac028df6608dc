import { LOG_EVENT_OVERHEAD } from './units.ts';

/** Lines that AWS writes by itself, as long as they are there: their fields have values of the usual length. */

const ID = '00000000-0000-4000-8000-000000000000';
const TIME = '2026-01-01T00:00:00.000Z';
const TRACE = 'Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=1';

/** Bytes that are billed for lines of such a length. */
const bytesOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line) + LOG_EVENT_OVERHEAD, 0);

/** Of functions whose system logs have the level INFO. Source: AWS Lambda Developer Guide, «Telemetry API Event schema reference». */
const JSON_LINES = {
  invocation: [
    `{"time":"${TIME}","type":"platform.start","record":{"requestId":"${ID}","version":"$LATEST"}}`,
    `{"time":"${TIME}","type":"platform.report","record":{"requestId":"${ID}","metrics":{"durationMs":12.345,` +
      '"billedDurationMs":13,"memorySizeMB":512,"maxMemoryUsedMB":100},"tracing":{"spanId":"0000000000000000",' +
      `"type":"X-Amzn-Trace-Id","value":"${TRACE}"},"status":"success"}}`,
  ],
  initialisation: [
    `{"time":"${TIME}","type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init",` +
      '"runtimeVersion":"nodejs:24.v00","runtimeVersionArn":"arn:aws:lambda:eu-central-1::runtime:' +
      `${'0'.repeat(64)}","functionName":"remote-services-prod-blue-EventProcessingPersistence00000000-000000000000",` +
      '"functionVersion":"$LATEST","instanceId":"2026/01/01/[$LATEST]00000000000000000000000000000000",' +
      '"instanceMaxMemory":536870912}}',
  ],
};

/** Two lines for each invocation. */
export const INVOCATION_LOG_BYTES = bytesOf(JSON_LINES.invocation);
/** One more where an execution environment starts. */
export const INITIALISATION_LOG_BYTES = bytesOf(JSON_LINES.initialisation);

/** A task or an execution that failed, as an Express workflow logs it without execution data. */
export const FAILURE_LOG_BYTES = bytesOf([
  '{"id":"10","type":"TaskFailed","details":{"resource":"putItem","resourceType":"dynamodb","error":' +
    '"DynamoDB.ConditionalCheckFailedException"},"previous_event_id":"9","event_timestamp":"1767225600000",' +
    `"execution_arn":"arn:aws:states:eu-central-1:000000000000:express:EventCreationWorkflow00000000-000000000000:${ID}:` +
    `${ID}","redrive_count":"0"}`,
]);

/** Lengths of what an access log's variables stand for; those of a request are looked up. */
const LENGTHS: Readonly<Record<string, number>> = {
  'context.requestId': ID.length,
  'context.requestTimeEpoch': 13,
  'context.status': 3,
  'context.responseLatency': 2,
  'context.integrationLatency': 2,
  // A dash: nothing to say.
  'context.error.message': 1,
};

/** Of a request, what the length of its access log line hangs on. */
interface Logged {
  readonly method: string;
  readonly path: string;
}

/** How many bytes the line of a request is billed for. */
export type AccessLogBytes = (request: Logged) => number;

/**
 * How long a line of the access log is.
 * @param format as the stage of an API has it; undefined: there is no such log
 * @throws Error for a variable whose length is not known
 */
export function accessLogBytes(format: string | undefined): AccessLogBytes {
  if (format === undefined) return () => 0;
  let bytes = LOG_EVENT_OVERHEAD;
  const parts: ((request: Logged) => number)[] = [];
  const text = format.replaceAll(/\$(context(?:\.\w+)+)/g, (_, name: string) => {
    const length = LENGTHS[name];
    if (name === 'context.httpMethod') parts.push(({ method }) => method.length);
    else if (name === 'context.resourcePath') parts.push(({ path }) => path.length);
    else if (length !== undefined) bytes += length;
    else throw new Error(`The meter does not know how long $${name} is in an access log`);
    return '';
  });
  bytes += Buffer.byteLength(text);
  return (request) => parts.reduce((sum, part) => sum + part(request), bytes);
}
