import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import {
  type ApplicationLoadBalancer,
  type ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { FAILURES_METRIC } from '../../functions/event-processing/distribution/failures.ts';
import type { EnvironmentStack } from '../environment-stack.ts';
import { metricsNamespace } from '../event-processing/metrics.ts';
import { ServiceFunction } from '../function.ts';
import { ConsumedQueue } from '../queue.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';

/** Short, so that a release sees what it does: CloudWatch looks at a minute once it is over. */
const PERIOD = Duration.minutes(1);

/**
 * Metrics come late, by a minute or two, and FILL makes a value of what has not come yet: an alarm on the latest minute
 * alone would stay OK for ever. So one of the last five has to breach. Without FILL, CloudWatch waits for late data by
 * itself. Source: CloudWatch User Guide, «Using math expressions with CloudWatch metrics», FILL.
 */
export const FILLED = { evaluationPeriods: 5, datapointsToAlarm: 1 };

/** Fewer errors in a minute may be chance. At 5 % of 1,160 requests a second, this is one request in 700. */
const FEWEST_ERRORS = 5;
/** Of all requests, or calls: at full traffic, five errors in 70,000 requests would be none to go back for. */
const ERROR_RATE = 0.01;

/** Fewer requests in a minute may be those of one app that is not logged in. */
const FEWEST_REQUESTS = 20;
/** Apps mostly poll commands that were accepted: far fewer are refused where all is well, and nearly all where it is not. */
const REFUSAL_RATE = 0.5;

/** Fewer commands in a minute say nothing about a rate. */
const FEWEST_ENDED = 10;
/** Some cars always are in garages and tunnels; silence counts, for nobody can tell whose fault it is. */
const FAILURE_RATE = 0.2;

export interface HealthProps {
  readonly stage: StageConfig;
  readonly environments: ReadonlyMap<EnvironmentName, EnvironmentStack>;
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targetGroups: ReadonlyMap<EnvironmentName, ApplicationTargetGroup>;
}

interface Sign {
  /** What customers notice. */
  readonly notice: string;
  readonly metric: IMetric;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** Whether the metric is computed with FILL. */
  readonly filled?: true;
}

/**
 * What speaks against an environment, or against the front door: alarms by which traffic goes back. What becomes worse
 * without an alarm here is left to the probes of a release.
 */
export class Health extends Construct {
  /** By the environment that they speak against; those of the door speak against any change. */
  readonly alarms: Readonly<Record<EnvironmentName | 'door', readonly Alarm[]>>;

  constructor(
    scope: Construct,
    id: string,
    { stage, environments, loadBalancer, targetGroups }: HealthProps,
  ) {
    super(scope, id);
    const of = (environment: EnvironmentName): Alarm[] => {
      const stack = environments.get(environment);
      const targetGroup = targetGroups.get(environment);
      if (stack === undefined || targetGroup === undefined) return [];
      return [
        this.#alarm(`ServerErrors-${environment}`, serverErrors(stack.eventCreation.api, environment)),
        this.#alarm(
          `RefusedRequests-${environment}`,
          refusedRequests(loadBalancer, targetGroup, environment),
        ),
        ...functionsOf(stack).map((lambda) =>
          this.#alarm(`FunctionErrors-${lambda.node.id}-${environment}`, functionErrors(lambda, environment)),
        ),
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

  #alarm(id: string, { notice, metric, comparison, threshold, filled }: Sign): Alarm {
    return new Alarm(this, id, {
      alarmDescription: `${notice} Releases roll back. See docs/operations.md#alarms-that-turn-traffic-back`,
      metric,
      comparisonOperator: comparison,
      threshold,
      ...(filled ? FILLED : { evaluationPeriods: 1 }),
      // Without traffic there is nothing to go back from.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

const math = (expression: string, usingMetrics: Readonly<Record<string, Metric>>): IMetric =>
  new MathExpression({ expression, usingMetrics: { ...usingMetrics }, period: PERIOD });

const ofMinute = (statistic: string) => ({ statistic, period: PERIOD });

/** The number of errors, where they are more than a few in a hundred. Both come with each request, an error as 0 or 1. */
const errorsAmong = (errors: Metric, requests: Metric) => ({
  metric: math(`IF(errors > ${ERROR_RATE} * requests, errors, 0)`, { errors, requests }),
  comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  threshold: FEWEST_ERRORS,
});

const serverErrors = (api: RestApi, environment: EnvironmentName): Sign => ({
  notice: `Apps get 5xx from ${environment}, and show commands as failed.`,
  ...errorsAmong(api.metricServerError(ofMinute('Sum')), api.metricCount(ofMinute('SampleCount'))),
});

/**
 * The share of 4xx, where there are enough requests. A token that the wrong issuer is asked for, an authorizer that
 * crashes, an API that nothing leads to: all that is refused, and is no 5xx. Without any 4xx there is no metric of them.
 */
function refusedRequests(
  { loadBalancerFullName: LoadBalancer }: ApplicationLoadBalancer,
  { targetGroupFullName: TargetGroup }: ApplicationTargetGroup,
  environment: EnvironmentName,
): Sign {
  const sum = (metricName: string) =>
    new Metric({
      namespace: 'AWS/ApplicationELB',
      metricName,
      dimensionsMap: { LoadBalancer, TargetGroup },
      ...ofMinute('Sum'),
    });
  return {
    notice: `Most requests of apps are refused by ${environment}: users can do little.`,
    metric: math(`IF(requests >= ${FEWEST_REQUESTS}, refused / requests, 0)`, {
      refused: sum(HttpCodeTarget.TARGET_4XX_COUNT),
      requests: sum('RequestCount'),
    }),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: REFUSAL_RATE,
  };
}

/** All but the authorizer, which refuses a token by an error: its failures are refused requests. */
const functionsOf = ({ node, eventCreation }: EnvironmentStack): ServiceFunction[] =>
  node
    .findAll()
    .filter((construct) => construct instanceof ServiceFunction)
    .filter((lambda) => lambda !== eventCreation.authorize);

/**
 * Crashes and time-outs; a message that could not be processed is none. Of functions behind queues they show long before
 * the dead letters that they lead to. An alarm of its own for each: a sum would need FILL, for not all are called each
 * minute, and more metrics than the ten that an alarm may have.
 */
const functionErrors = (lambda: ServiceFunction, environment: EnvironmentName): Sign => ({
  notice: `${lambda.node.id} of ${environment} fails: apps get errors, or commands get stuck.`,
  ...errorsAmong(lambda.metricErrors(ofMinute('Sum')), lambda.metricInvocations(ofMinute('Sum'))),
});

/** The share of failures, where enough commands have ended: two statistics of one metric, so both are there or none. */
function failedCommands(stage: StageConfig, environment: EnvironmentName): Sign {
  const failures = {
    namespace: metricsNamespace(stage),
    metricName: FAILURES_METRIC,
    dimensionsMap: { environment },
  };
  return {
    notice: `Commands through ${environment} fail, or their cars seem not to answer.`,
    metric: math(`IF(ended >= ${FEWEST_ENDED}, failures, 0)`, {
      failures: new Metric({ ...failures, ...ofMinute('Average') }),
      ended: new Metric({ ...failures, ...ofMinute('SampleCount') }),
    }),
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
      deadLetterQueue.metricApproximateNumberOfMessagesVisible(ofMinute('Maximum')),
    ]),
  );
  return {
    notice: `Events or commands of ${environment} could not be processed: apps may lack answers.`,
    // A queue that nobody uses has no metric, and a sum with a part missing would be missing too.
    metric: math(
      Object.keys(metrics)
        .map((metric) => `FILL(${metric}, 0)`)
        .join(' + '),
      metrics,
    ),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    filled: true,
  };
}

/** What the load balancer answers by itself, because an API cannot be reached. */
const doorErrors = ({ metrics }: ApplicationLoadBalancer): Sign => ({
  notice: 'The front door cannot reach an environment: apps get 502, 503 or 504.',
  metric: metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, ofMinute('Sum')),
  comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  threshold: FEWEST_ERRORS,
});
