import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../../aws/client.ts';
import { readEnvironment } from '../../environment.ts';
import { REPORT_EVENT_TYPE, RemoteServiceEvent, VehicleReported } from '../../event/event.ts';
import { peerPosts } from '../../http/peer-post.ts';
import { withRetry } from '../../http/retry.ts';
import { logger } from '../../logger.ts';
import { commandStore } from '../../persistence/command-store.ts';
import { handleBodies } from '../../sqs-batch.ts';
import { type Dependencies, distribute } from './distribute.ts';
import { FAILURES_METRIC } from './failures.ts';
import { reportNotificationOf } from './notification.ts';

const environment = readEnvironment({
  AWS_REGION: z.string(),
  EVENTS_TABLE: z.string(),
  LEASES_TABLE: z.string(),
  RETENTION_DAYS: z.coerce.number().int().positive(),
  SUBSCRIBER_URL: z.url(),
  /** In a stage without simulator only. */
  SUBSCRIBER_SECRET_ARN: z.string().optional(),
  METRICS_NAMESPACE: z.string(),
});
// Each metric is a line of its own, printed when it is added. One printer for each set of dimensions, for a new one for
// each line, as the library offers it, reads the environment and opens a console every time.
const metrics = new Metrics({ namespace: environment.METRICS_NAMESPACE });
const latencies = metrics.singleMetric();
const failures = metrics.singleMetric();
// One dimension, by which the alarm finds it: each combination of values is a metric of 0.30 USD a month.
failures.clearDefaultDimensions();
const post = peerPosts({
  secretArn: environment.SUBSCRIBER_SECRET_ARN,
  region: environment.AWS_REGION,
})(environment.SUBSCRIBER_URL);

const dependencies: Dependencies = {
  store: commandStore(awsClient(DynamoDBClient, 'dynamodb'), {
    eventsTable: environment.EVENTS_TABLE,
    leasesTable: environment.LEASES_TABLE,
    retentionDays: environment.RETENTION_DAYS,
  }),
  deliver: async (notification) => {
    await withRetry((_, timeoutMs) => post(notification, timeoutMs));
  },
  measureFailure: ({ data }, failed) => {
    failures.addDimension('environment', data.environment);
    failures.addMetric(FAILURES_METRIC, MetricUnit.Count, failed ? 1 : 0);
  },
  measureLatency: ({ data }, milliseconds) => {
    latencies.addDimensions({
      serviceType: data.serviceType,
      status: data.status,
      environment: data.environment,
    });
    latencies.addMetric('EndToEndLatency', MetricUnit.Milliseconds, milliseconds);
  },
  now: Date.now,
};

const Distributed = z.discriminatedUnion('type', [RemoteServiceEvent, VehicleReported]);

/** Ends of commands and reports of vehicles. A report competes with nothing: it is told as it is. */
export const handler = ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
  handleBodies(Records, Distributed, async (event) => {
    if (event.type === REPORT_EVENT_TYPE) return dependencies.deliver(reportNotificationOf(event));
    const { eventId, correlationId, status } = event.data;
    if (!(await distribute(event, dependencies))) {
      logger.info('Command had ended otherwise; not distributed', { eventId, correlationId, status });
    }
  });
