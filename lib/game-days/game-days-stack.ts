import { Aws, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationLoadBalancer, HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import { allSeries, isKill } from '../../gameday/series.ts';
import { ServiceFunction } from '../function.ts';
import { ConsumedQueue } from '../queue.ts';
import { FILLED } from '../traffic/health.ts';
import { Denial, type FisAction } from './denial.ts';
import type { FaultInjection } from './fault-injection.ts';
import { fisAction } from './fis-actions.ts';

export interface GameDaysStackProps extends StackProps {
  readonly faultInjection: FaultInjection;
  /** The system itself: its environments, and what chooses between them. */
  readonly system: readonly Stack[];
  /** All that it shares, and what it consumes. */
  readonly shared: Stack;
  readonly simulator: Stack | undefined;
}

type Class<Kind> = abstract new (...args: never[]) => Kind;

const allOf = <Kind extends IConstruct>(stacks: readonly Stack[], kind: Class<Kind>): Kind[] =>
  stacks.flatMap((stack) => stack.node.findAll().filter((construct) => construct instanceof kind) as Kind[]);

/** `blue`; the last part of a stack's name tells it from the others of its stage. */
const shortName = (stack: Stack): string => stack.stackName.split('-').at(-1) ?? '';

/** The name that a function has on a local stage, but for the characters behind it: `blue-EventProcessingCheck`. */
function nameOf(lambda: ServiceFunction): string {
  const [, ...path] = lambda.node.path.split('/');
  return `${shortName(Stack.of(lambda))}-${path.join('')}`;
}

/**
 * The steps of game days as experiments of the Fault Injection Service: one for each step that can be played with it,
 * from the same data as on a local stage. Whoever plays them starts the load, and counts, as on a local stage.
 */
export class GameDaysStack extends Stack {
  constructor(scope: Construct, id: string, props: GameDaysStackProps) {
    const { faultInjection, system, shared, simulator, ...stackProps } = props;
    super(scope, id, stackProps);
    const functions = new Map(allOf(system, ServiceFunction).map((lambda) => [nameOf(lambda), lambda]));
    for (const lambda of functions.values()) faultInjection.reach(lambda);

    const brokerRole = allOf(simulator === undefined ? [] : [simulator], Role).find(
      ({ node }) => node.id === 'BrokerRole',
    );
    // Behind the outgoing queue only: at the door, calls that are denied show as 5xx, which ends the experiment. What
    // deploys the door itself, and what takes traffic back from a bad release, are no part of the play.
    const roles = allOf(system, Role).filter(
      ({ node }) => !/\/(EventCreation|FrontDoor|Shifting)\//.test(node.path),
    );
    const denial = new Denial(this, 'Denial');
    const targets = { functions, denial, roles, brokerRole };
    const role = this.#experimentRole(faultInjection, [...functions.values()]);
    const stopConditions = this.#alarms([shared, ...system]).map(({ alarmArn }) => ({
      source: 'aws:cloudwatch:alarm',
      value: alarmArn,
    }));

    for (const series of allSeries().filter(({ name }) => name !== 'all')) {
      for (const [index, step] of series.steps.entries()) {
        if (isKill(step)) continue;
        const actions = step.faults.map((fault) => fisAction(fault, targets));
        if (!actions.every((action) => action !== undefined)) continue;
        new CfnExperimentTemplate(this, `${series.name}${index + 1}`, {
          description: `Game day, ${series.name}: ${step.name}`,
          roleArn: role.roleArn,
          stopConditions,
          ...inFis(actions),
          // What is not there any more is no reason to fail quietly.
          experimentOptions: { emptyTargetResolutionMode: 'fail' },
        });
      }
    }
    denial.grantStart(role);
  }

  #experimentRole(faultInjection: FaultInjection, functions: readonly ServiceFunction[]): Role {
    const role = new Role(this, 'ExperimentRole', {
      assumedBy: new ServicePrincipal('fis.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': `arn:${this.partition}:fis:${this.region}:${this.account}:experiment/*`,
          },
        },
      }),
    });
    faultInjection.admit(role);
    Grant.addToPrincipal({
      grantee: role,
      actions: ['lambda:GetFunction'],
      resourceArns: functions.map(({ functionArn }) => functionArn),
    });
    return role;
  }

  /**
   * What ends an experiment. Faults must not show as a 5xx, which apps do not try again, nor make dead letters
   * as long as experiments last: a message is tried for at least five minutes.
   */
  #alarms(stacks: readonly Stack[]): Alarm[] {
    const common = {
      ...FILLED,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    const minute = { period: Duration.minutes(1) };
    const alarm = (
      id: string,
      metrics: readonly Metric[],
      { alarmDescription, threshold }: { alarmDescription: string; threshold: number },
    ) => {
      const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
      // A queue that nobody uses has no metric, and a sum with a part missing would be missing too.
      const expression = Object.keys(usingMetrics)
        .map((metric) => `FILL(${metric}, 0)`)
        .join(' + ');
      const metric = new MathExpression({ expression, usingMetrics, ...minute });
      return new Alarm(this, id, { ...common, metric, alarmDescription, threshold });
    };
    // Behind a load balancer apps see its errors, and through it those of the APIs.
    const sum = { ...minute, statistic: 'sum' };
    const doors = allOf(stacks, ApplicationLoadBalancer);
    const serverErrors =
      doors.length > 0
        ? doors.flatMap(({ metrics }) => [
            metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
            metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
          ])
        : allOf(stacks, RestApi).map((api) => api.metricServerError(sum));
    // One for each stack: an alarm adds up ten metrics at most, and an experiment has five alarms at most.
    const deadLetters = stacks.flatMap((stack) => {
      const queues = allOf([stack], ConsumedQueue).map(({ deadLetterQueue }) =>
        deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...minute, statistic: 'max' }),
      );
      if (queues.length === 0) return [];
      return alarm(`DeadLetters-${shortName(stack)}`, queues, {
        alarmDescription:
          'There are dead letters, which ends a game day, or lets none begin. See docs/operations.md#game-days',
        threshold: 1,
      });
    });
    return [
      alarm('ServerErrors', serverErrors, {
        alarmDescription: 'Apps see 5xx during a game day, which ends it. See docs/operations.md#game-days',
        // One may be chance; a fault that shows makes hundreds.
        threshold: 10,
      }),
      ...deadLetters,
    ];
  }
}

/** Actions and targets by names, as templates have them. */
function inFis(actions: readonly FisAction[]) {
  const named = actions.map((action, index) => ({ ...action, name: `Action${index + 1}` }));
  return {
    actions: Object.fromEntries(
      named.map(({ name, actionId, parameters, functions }) => [
        name,
        { actionId, parameters, ...(functions.length > 0 && { targets: { Functions: `${name}Functions` } }) },
      ]),
    ),
    targets: Object.fromEntries(
      named
        .filter(({ functions }) => functions.length > 0)
        .map(({ name, functions }) => [
          `${name}Functions`,
          { resourceType: 'aws:lambda:function', resourceArns: [...functions], selectionMode: 'ALL' },
        ]),
    ),
  };
}
