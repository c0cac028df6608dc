import type { StageShape } from '../../cost/stage-shape.ts';
import type { Block, MeterReading, Unit } from '../../local/metering/meter-reading.ts';

/** Of one command, a horn: by hand, from docs/architecture.md. Messages come in batches of two. No meter has read it. */
const COMMAND: readonly (readonly [Block, string, Unit, number])[] = [
  ['event-creation', 'Api', 'api-gateway:requests', 1],
  ['event-creation', 'Api', 'logs:bytes', 330],
  ['event-creation', 'Answers', 'data-transfer:bytes', 500],
  ['event-creation', 'Workflow', 'step-functions:express-requests', 1],
  ['event-creation', 'Workflow', 'step-functions:express-gb-seconds', 0.00625],
  ['event-creation', 'Workflow', 'x-ray:traces', 0.06],
  ['event-creation', 'IdentityAuthorize', 'lambda:requests', 0.1],
  ['event-creation', 'IdentityAuthorize', 'lambda:gb-seconds', 0.0001],
  // Validate and enrich the command.
  ['event-creation', 'Validate', 'lambda:requests', 1],
  ['event-creation', 'Validate', 'lambda:gb-seconds', 0.002],
  ['event-creation', 'Validate', 'logs:bytes', 550],
  ['event-creation', 'Enrich', 'lambda:requests', 1],
  ['event-creation', 'Enrich', 'lambda:gb-seconds', 0.002],
  ['event-creation', 'Enrich', 'logs:bytes', 550],
  // CREATED, PENDING.
  ['event-creation', 'EventsTopic', 'sns:requests', 2],
  ['event-creation', 'CommandsQueue', 'sqs:requests', 1],
  ['event-creation', 'VehiclesTable', 'dynamodb:read-units', 0.5],
  // The request, and PENDING; the lease.
  ['event-creation', 'EventsTable', 'dynamodb:write-units', 2],
  ['event-creation', 'LeasesTable', 'dynamodb:write-units', 1],
  // Receives a batch and deletes it.
  ['outgoing-vehicle-communication', 'CommandsQueue', 'sqs:requests', 1],
  ['outgoing-vehicle-communication', 'Send', 'lambda:requests', 0.5],
  ['outgoing-vehicle-communication', 'Send', 'lambda:gb-seconds', 0.005],
  ['outgoing-vehicle-communication', 'Send', 'logs:bytes', 275],
  // An acknowledgement and an end.
  ['traffic', 'IncomingQueue', 'sqs:requests', 2],
  ['traffic', 'InboundRoutingDeserialise', 'lambda:requests', 1],
  ['traffic', 'InboundRoutingDeserialise', 'lambda:gb-seconds', 0.01],
  ['traffic', 'InboundRoutingDeserialise', 'logs:bytes', 550],
  ['traffic', 'InboundRoutingWorkflow', 'step-functions:express-requests', 2],
  ['traffic', 'InboundRoutingWorkflow', 'step-functions:express-gb-seconds', 0.0125],
  ['traffic', 'EventsTable', 'dynamodb:read-units', 2],
  ['traffic', 'VehicleMessagesTopic', 'sns:requests', 2],
  // A pipe takes one at a time.
  ['incoming-vehicle-communication', 'MessagesQueue', 'sqs:requests', 4],
  ['incoming-vehicle-communication', 'Pipe', 'pipes:requests', 2],
  ['incoming-vehicle-communication', 'Workflow', 'step-functions:express-requests', 2],
  ['incoming-vehicle-communication', 'Workflow', 'step-functions:express-gb-seconds', 0.0125],
  ['incoming-vehicle-communication', 'EventsTopic', 'sns:requests', 2],
  // Four events: states, history, and the lease that is freed.
  ['event-processing', 'PersistenceQueue', 'sqs:requests', 4],
  ['event-processing', 'Persistence', 'lambda:requests', 2],
  ['event-processing', 'Persistence', 'lambda:gb-seconds', 0.02],
  ['event-processing', 'Persistence', 'logs:bytes', 1100],
  ['event-processing', 'EventsTable', 'dynamodb:write-units', 9],
  ['event-processing', 'LeasesTable', 'dynamodb:write-units', 2],
  ['event-processing', 'EventsTable', 'dynamodb:read-units', 4],
  ['event-processing', 'DistributionQueue', 'sqs:requests', 1],
  ['event-processing', 'Distribution', 'lambda:requests', 0.5],
  ['event-processing', 'Distribution', 'lambda:gb-seconds', 0.005],
  ['event-processing', 'Distribution', 'logs:bytes', 900],
  // Three watches, put off and looked at.
  ['event-processing', 'LifecycleQueue', 'sqs:requests', 3],
  ['event-processing', 'LifecycleWatch', 'lambda:requests', 1.5],
  ['event-processing', 'LifecycleWatch', 'lambda:gb-seconds', 0.01],
  ['event-processing', 'LifecycleWatch', 'logs:bytes', 825],
  ['event-processing', 'DelayQueue', 'sqs:requests', 4.5],
  ['event-processing', 'LifecycleCheck', 'lambda:requests', 1.5],
  ['event-processing', 'LifecycleCheck', 'lambda:gb-seconds', 0.01],
  ['event-processing', 'LifecycleCheck', 'logs:bytes', 825],
  ['vehicle-simulator', 'Vehicle', 'lambda:requests', 1],
];

const POLL: readonly (readonly [string, Unit, number])[] = [
  ['Api', 'api-gateway:requests', 1],
  ['Api', 'logs:bytes', 290],
  ['EventsTable', 'dynamodb:read-units', 1],
  ['Answers', 'data-transfer:bytes', 600],
];

/** A reading of so many commands at 100 a second, each followed by some polls. */
export function reading(commands = 1_000_000, pollsOfCommand = 39): MeterReading {
  const polls = commands * pollsOfCommand;
  const from = Date.parse('2026-01-01T00:00:00Z');
  return {
    from: new Date(from).toISOString(),
    to: new Date(from + commands * 10).toISOString(),
    commands,
    apiCalls: commands + polls,
    statusPolls: polls,
    uses: [
      ...COMMAND.map(([block, resource, unit, amount]) => ({
        block,
        resource,
        unit,
        amount: amount * commands,
      })),
      ...(polls === 0
        ? []
        : POLL.map(([resource, unit, amount]) => ({
            block: 'status-polls' as const,
            resource,
            unit,
            amount: amount * polls,
          }))),
    ],
  };
}

/** A stage without anything that costs by the month. */
export const bareShape = (own: Partial<StageShape> = {}): StageShape => ({
  stage: 'bare',
  fixed: [],
  memoryOf: () => 512,
  door: false,
  waf: false,
  eventRetentionDays: 90,
  logRetentionDays: 90,
  pointInTimeRecovery: false,
  requestsPerSecond: 5000,
  ...own,
});
