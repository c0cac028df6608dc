import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { type ApplicationLoadBalancer, HttpCodeElb } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { FAILURES_METRIC } from '../../functions/event-processing/distribution/failures.ts';
import type { EnvironmentStack } from '../environment-stack.ts';
import { metricsNamespace } from '../event-processing/event-processing.ts';
import { ConsumedQueue } from '../queue.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';

/** Short, so that a release sees what it does: CloudWatch looks at a minute once it is over. */
const PERIOD = Duration.minutes(1);

/** Fewer 5xx in a minute may be chance. At 5 % of 1,160 requests a second, this is one request in 700. */
const FEWEST_SERVER_ERRORS = 5;
/** Of all requests: at full traffic, five errors in 70,000 requests would be none to go back for. */
const SERVER_ERROR_RATE = 0.01;

/** Fewer commands in a minute say nothing about a rate. */
const FEWEST_ENDED = 10;
/** Some cars always are in garages and tunnels; silence counts, for nobody can tell whose fault it is. */
const FAILURE_RATE = 0.2;

export interface HealthProps {
  readonly stage: StageConfig;
  readonly environments: ReadonlyMap<EnvironmentName, EnvironmentStack>;
  readonly loadBalancer: ApplicationLoadBalancer;
}

interface Sign {
  /** What customers notice. */
  readonly notice: string;
  readonly expression: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
}

/**
 * What speaks against an environment, or against the front door: alarms by which traffic goes back. What becomes worse
 * without an alarm here is left to the probes of a release.
 */
export class Health extends Construct {
  /** By the environment that they speak against; those of the door speak against any change. */
  readonly alarms: Readonly<Record<EnvironmentName | 'door', readonly Alarm[]>>;

  constructor(scope: Construct, id: string, { stage, environments, loadBalancer }: HealthProps) {
    super(scope, id);
    const of = (environment: EnvironmentName): Alarm[] => {
      const stack = environments.get(environment);
      if (stack === undefined) return [];
      return [
        this.#alarm(`ServerErrors-${environment}`, serverErrors(stack.eventCreation.api, environment)),
        this.#alarm(`FailedCommands-${environment}`, failedCommands(stage, environment)),
        this.#alarm(`DeadLetters-${environment}`, deadLetters(stack, environment)),
      ];
    };
    this.alarms = {
      blue: of('blue'),
      green: of('green'),
      door: [this.#alarm('DoorErrors', doorErrors(loadBalancer))],
    };
  }

  #alarm(id: string, { notice, expression, metrics, comparison, threshold }: Sign): Alarm {
    return new Alarm(this, id, {
      alarmDescription: `${notice} Releases roll back. See docs/operations.md#alarms-that-turn-traffic-back`,
      metric: new MathExpression({ expression, usingMetrics: { ...metrics }, period: PERIOD }),
      comparisonOperator: comparison,
      threshold,
      evaluationPeriods: 1,
      // Without traffic there is nothing to go back from.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

/** The number of errors, where they are more than a few in a hundred. */
const serverErrors = (api: RestApi, environment: EnvironmentName): Sign => ({
  notice: `Apps get 5xx from ${environment}, and show commands as failed.`,
  expression: `IF(FILL(errors, 0) > ${SERVER_ERROR_RATE} * FILL(requests, 0), FILL(errors, 0), 0)`,
  metrics: {
    errors: api.metricServerError({ statistic: 'Sum', period: PERIOD }),
    requests: api.metricCount({ statistic: 'SampleCount', period: PERIOD }),
  },
  comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  threshold: FEWEST_SERVER_ERRORS,
});

/** The share of failures, where enough commands have ended. */
function failedCommands(stage: StageConfig, environment: EnvironmentName): Sign {
  const failures = {
    namespace: metricsNamespace(stage),
    metricName: FAILURES_METRIC,
    dimensionsMap: { environment },
    period: PERIOD,
  };
  return {
    notice: `Commands through ${environment} fail, or their cars seem not to answer.`,
    expression: `IF(FILL(ended, 0) >= ${FEWEST_ENDED}, FILL(failures, 0), 0)`,
    metrics: {
      failures: new Metric({ ...failures, statistic: 'Average' }),
      ended: new Metric({ ...failures, statistic: 'SampleCount' }),
    },
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: FAILURE_RATE,
  };
}

/**
 * Not those of messages from vehicles: a single car that talks rubbish would hold every release up. That answers are
 * not processed shows in failed commands.
 */
function deadLetters(stack: EnvironmentStack, environment: EnvironmentName): Sign {
  const ofVehicles = stack.incoming.node.findAll();
  const queues = stack.node
    .findAll()
    .filter((construct) => construct instanceof ConsumedQueue)
    .filter((queue) => !ofVehicles.includes(queue));
  const metrics = Object.fromEntries(
    queues.map(({ deadLetterQueue }, index) => [
      `m${index}`,
      deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD }),
    ]),
  );
  return {
    notice: `Events or commands of ${environment} could not be processed: apps may lack answers.`,
    // A queue that nobody uses has no metric, and a sum with a part missing would be missing too.
    expression: Object.keys(metrics)
      .map((metric) => `FILL(${metric}, 0)`)
      .join(' + '),
    metrics,
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
  };
}

/** What the load balancer answers by itself, because an API cannot be reached. */
const doorErrors = (loadBalancer: ApplicationLoadBalancer): Sign => ({
  notice: 'The front door cannot reach an environment: apps get 502, 503 or 504.',
  expression: 'FILL(errors, 0)',
  metrics: {
    errors: loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, {
      statistic: 'Sum',
      period: PERIOD,
    }),
  },
  comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  threshold: FEWEST_SERVER_ERRORS,
});
