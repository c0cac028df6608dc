import { CfnCondition, CfnOutput, CfnParameter, Duration, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';
import { ServiceFunction } from '../function.ts';
import { STACKS, stackName } from '../stack-names.ts';
import type { StageConfig } from '../stages.ts';

export interface ExpiryStackProps extends StackProps {
  readonly stage: StageConfig;
  readonly expiresAfterDays: number;
  /** Names of the REST APIs by whose requests the stage counts as used. */
  readonly apiNames: readonly string[];
}

/**
 * Takes its stage down when nobody has used it for a time, with a warning before. It is the stage's first stack, and
 * knows the others by their names alone.
 */
export class ExpiryStack extends Stack {
  constructor(scope: Construct, id: string, props: ExpiryStackProps) {
    const { stage, expiresAfterDays, apiNames, ...stackProps } = props;
    super(scope, id, stackProps);
    // Whatever a stage may have: what is deployed need not be what these sources deploy. One that is not there is gone.
    const others = STACKS.map((stack) => stackName(stage.name, stack))
      .filter((name) => name !== this.stackName)
      .reverse();

    const topic = new Topic(this, 'Warnings', {
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
    });
    this.#tellOwner(topic);

    const lookAfter = new ServiceFunction(this, 'LookAfter', {
      stage,
      entry: 'functions/expiry/handler.ts',
      description: 'Looks once a day whether the stage is still used, and deletes it in the end',
      // Lambda's longest: a stack takes one minute to five. What is not done by then is done the next day.
      timeout: Duration.minutes(15),
      environment: {
        STAGE: stage.name,
        EXPIRES_AFTER_DAYS: String(expiresAfterDays),
        STACKS: others.join(','),
        OWN_STACK: this.stackName,
        API_NAMES: apiNames.join(','),
        TOPIC_ARN: topic.topicArn,
      },
    });
    // CloudFormation deletes in the role that the stacks were deployed with: no right to their resources is needed.
    const arnOf = (name: string) =>
      `arn:${this.partition}:cloudformation:${this.region}:${this.account}:stack/${name}/*`;
    const stackArns = [...others, this.stackName].map(arnOf);
    Grant.addToPrincipal({
      grantee: lookAfter,
      actions: [
        'cloudformation:DescribeStacks',
        'cloudformation:ListStackResources',
        'cloudformation:DeleteStack',
      ],
      resourceArns: stackArns,
    });
    Grant.addToPrincipal({
      grantee: lookAfter,
      actions: ['cloudwatch:GetMetricStatistics'],
      resourceArns: ['*'],
    });
    Grant.addToPrincipal({ grantee: lookAfter, actions: ['sns:Publish'], resourceArns: [topic.topicArn] });
    for (const name of [...others, this.stackName]) {
      acknowledge(
        this,
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/${name}/*]`,
        'The wildcard is the id that CloudFormation draws for a stack of this name.',
      );
    }

    new Rule(this, 'Daily', {
      description: `Looks whether ${stage.name} is still used`,
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new FunctionTarget(lookAfter)],
    });

    // For the tools: how the stage was deployed, and by what it counts as used.
    new CfnOutput(this, 'ApiNames', { value: apiNames.join(',') });
    new CfnOutput(this, 'Environments', { value: stage.environments.join(',') });
    new CfnOutput(this, 'Broker', { value: stage.broker });
  }

  /** By e-mail, if whoever deploys says an address. */
  #tellOwner(topic: Topic): void {
    const email = new CfnParameter(this, 'OwnerEmail', {
      description: 'E-mail address that is warned before the stage is deleted; empty: none',
      default: '',
      allowedPattern: '^$|^[^@\\s]+@[^@\\s]+$',
    });
    const isSaid = new CfnCondition(this, 'HasOwnerEmail', {
      expression: Fn.conditionNot(Fn.conditionEquals(email, '')),
    });
    const subscription = new CfnSubscription(this, 'Owner', {
      topicArn: topic.topicArn,
      protocol: 'email',
      endpoint: email.valueAsString,
    });
    subscription.cfnOptions.condition = isSaid;
  }
}
