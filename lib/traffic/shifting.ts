import { ArnFormat, CfnOutput, Stack } from 'aws-cdk-lib';
import type { IApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Grant, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';
import type { Tables } from '../persistence/tables.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';
import { StandardWorkflow } from '../workflow.ts';
import type { FrontDoor } from './front-door.ts';
import type { Health } from './health.ts';

export interface ShiftingProps {
  readonly stage: StageConfig;
  readonly tables: Tables;
  readonly frontDoor: FrontDoor;
  readonly health: Health;
}

/** The finding's id as cdk-nag prints it. */
const IAM5_ALARMS =
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*]';

/**
 * Moves traffic between the environments, at the front door and in the weights table, and nobody else does. It runs in
 * the cloud: whoever started it may go home. Where it ends half-way, a repair brings door and table together.
 */
export class Shifting extends Construct {
  constructor(scope: Construct, id: string, { stage, tables, frontDoor, health }: ShiftingProps) {
    super(scope, id);
    const { weightsRule, targetGroups } = frontDoor;
    const stack = Stack.of(this);
    // An object of JSONata: the names of alarms by what they speak against.
    const alarms = Object.entries(health.alarms).map(
      ([name, those]) => `'${name}': [${those.map(({ alarmName }) => `'${alarmName}'`).join(', ')}]`,
    );
    const workflow = new StandardWorkflow(this, 'Workflow', {
      stage,
      definition: 'shifting',
      substitutions: {
        Alarms: `{${alarms.join(', ')}}`,
        BlueTargetGroup: targetGroupOf('blue', targetGroups),
        GreenTargetGroup: targetGroupOf('green', targetGroups),
        LookEverySeconds: String(stage.release.lookEverySeconds),
        TrafficWeightsTable: tables.trafficWeights.tableName,
        WeightsRuleArn: weightsRule.listenerRuleArn,
      },
    });
    tables.trafficWeights.grant(workflow, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    Grant.addToPrincipal({
      grantee: workflow,
      actions: ['elasticloadbalancing:ModifyRule'],
      resourceArns: [weightsRule.listenerRuleArn],
    });
    Grant.addToPrincipal({
      grantee: workflow,
      actions: ['cloudwatch:DescribeAlarms'],
      resourceArns: [stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' })],
    });
    acknowledge(
      workflow.role,
      IAM5_ALARMS,
      'CloudWatch asks for the right to describe all alarms, whichever are named in the call.',
    );

    this.#grantDescribeExecution(workflow);

    const { stateMachineArn } = workflow;
    // A repair that fails does not end before a day is over: this is no fast loop.
    new Rule(this, 'EndedHalfWay', {
      description: 'Repairs what an execution left behind that did not come to its end',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [
        new SfnStateMachine(workflow, {
          input: RuleTargetInput.fromObject({
            action: 'repair',
            failed: EventField.fromPath('$.detail.executionArn'),
          }),
        }),
      ],
    });
    new Rule(this, 'Deployed', {
      description:
        'Turns the door to the weights of the table: a deployment may have changed or replaced the rule with them',
      eventPattern: {
        source: ['aws.cloudformation'],
        detailType: ['CloudFormation Stack Status Change'],
        detail: {
          'stack-id': [stack.stackId],
          'status-details': {
            status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'],
          },
        },
      },
      targets: [new SfnStateMachine(workflow, { input: RuleTargetInput.fromObject({ action: 'repair' }) })],
    });

    new CfnOutput(stack, 'ShiftingArn', { value: stateMachineArn });
  }

  /** A policy of its own: the workflow waits for its role's, and this one can only name a workflow that is there. */
  #grantDescribeExecution(workflow: StandardWorkflow): void {
    const execution = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${workflow.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const policy = new Policy(this, 'DescribeExecution', {
      roles: [workflow.role],
      statements: [new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [execution] })],
    });
    const logicalId = Stack.of(this).getLogicalId(workflow.node.defaultChild as CfnStateMachine);
    acknowledge(
      policy,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${logicalId}.Name>:*]`,
      'It looks at its own executions, whose names are not known before.',
    );
  }
}

/** @throws Error for an environment that is not behind the door */
function targetGroupOf(
  environment: EnvironmentName,
  targetGroups: ReadonlyMap<EnvironmentName, IApplicationTargetGroup>,
): string {
  const targetGroup = targetGroups.get(environment);
  if (targetGroup === undefined) throw new Error(`The front door does not lead to ${environment}`);
  return targetGroup.targetGroupArn;
}
