import * as z from 'zod';

/**
 * What AWS bills, in the units that it bills. Each is an amount per use; what costs by the hour or month is derived
 * from the templates, not metered.
 */
export const Unit = z.enum([
  /** Calls of a REST API. */
  'api-gateway:requests',
  /** Executions of Express workflows. */
  'step-functions:express-requests',
  /** Memory in steps of 64 MB times duration in steps of 100 ms. */
  'step-functions:express-gb-seconds',
  /** State transitions of Standard workflows. */
  'step-functions:standard-transitions',
  'lambda:requests',
  /** Configured memory times duration in steps of 1 ms, initialisation included. */
  'lambda:gb-seconds',
  /** Publishes in units of 64 KB; deliveries to SQS are free. */
  'sns:requests',
  /** Sends, receives (empty ones too), deletes and changes of visibility, in units of 64 KB. */
  'sqs:requests',
  /** Requests of EventBridge Pipes after filtering, in units of 64 KB. */
  'pipes:requests',
  /** Write request units: items in steps of 1 KB; a failed condition costs the same. */
  'dynamodb:write-units',
  /** Read request units: items in steps of 4 KB; half for eventually consistent reads. */
  'dynamodb:read-units',
  /** Bytes of lines, with 26 bytes for each event, as CloudWatch Logs counts. */
  'logs:bytes',
  /** Traces that X-Ray records, by its default sampling. */
  'x-ray:traces',
  /** Requests to KMS with keys of the stage's own. */
  'kms:requests',
  /** Calls of Secrets Manager. */
  'secrets-manager:requests',
  /** Requests that the load balancer takes. */
  'load-balancer:requests',
  /** Bytes that it takes and gives. */
  'load-balancer:bytes',
  /** Requests that the firewall looks at. */
  'waf:requests',
  /** Bytes through interface endpoints. */
  'endpoint:bytes',
  /** Bytes that leave to the Internet: answers to apps. */
  'data-transfer:bytes',
]);
export type Unit = z.infer<typeof Unit>;

/** A building block, in the words of the code base, or `status polls`: the same API, and most of its calls. */
export const Block = z.enum([
  'event-creation',
  'status-polls',
  'event-processing',
  'outgoing-vehicle-communication',
  'incoming-vehicle-communication',
  'traffic',
  'persistence',
  'vehicle-simulator',
  // Beside the system itself: what ends unused stages, and what lets things go wrong.
  'expiry',
  'game-days',
]);
export type Block = z.infer<typeof Block>;

/** Blocks that `prod` does not have: none of their uses is a customer’s. */
export const BESIDE_PROD = ['vehicle-simulator', 'expiry', 'game-days'] as const satisfies readonly Block[];

/** What was used from one moment to another. */
export const MeterReading = z.object({
  /** ISO 8601. */
  from: z.string(),
  to: z.string(),
  /** Commands that were accepted (202). */
  commands: z.int(),
  /** All calls of the app's API, status polls among them. */
  apiCalls: z.int(),
  statusPolls: z.int(),
  uses: z.array(
    z.object({
      block: Block,
      /** The resource's name within its block: `Persistence`, `EventsTopic`; for people. */
      resource: z.string(),
      unit: Unit,
      amount: z.number(),
    }),
  ),
});
export type MeterReading = z.infer<typeof MeterReading>;
