import { Aws, Duration, Stack } from 'aws-cdk-lib';
import {
  Effect,
  Grant,
  ManagedPolicy,
  PolicyStatement,
  type PolicyStatementProps,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';

/** Both may be repeated: what is attached stays, what is not attached needs nothing. */
const SCRIPT = `
import boto3

def deny(event, context):
    iam = boto3.client('iam')
    for role in event['RoleNames']:
        iam.attach_role_policy(RoleName=role, PolicyArn=event['PolicyArn'])

def allow(event, context):
    iam = boto3.client('iam')
    for role in event['RoleNames']:
        try:
            iam.detach_role_policy(RoleName=role, PolicyArn=event['PolicyArn'])
        except iam.exceptions.NoSuchEntityException:
            pass
`.trim();

/** How long a service refuses. IAM takes some seconds to know; commands that began before outlive it. */
const DENIED_FOR = Duration.minutes(2);
/** The steps around it take seconds. */
const LONGEST = Duration.minutes(10);

/** An action of an experiment, in FIS's words. */
export interface FisAction {
  readonly actionId: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** ARNs of the functions that it is aimed at; none if its parameters say that. */
  readonly functions: readonly string[];
}

/**
 * Makes calls of a service fail: FIS has no action of its own for that. An automation denies them to roles for a
 * while, and takes it back whatever happens. It may attach only the policies that deny something, and so give nobody
 * a right.
 */
export class Denial extends Construct {
  /** That anything may be denied to. */
  readonly #roles = new Set<Role>();
  readonly #automationRole: Role;
  readonly #document: CfnDocument;
  readonly #policies = new Map<string, ManagedPolicy>();

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#automationRole = new Role(this, 'AutomationRole', {
      assumedBy: new ServicePrincipal('ssm.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    const step = (name: 'deny' | 'allow') => ({
      name,
      action: 'aws:executeScript',
      inputs: {
        Runtime: 'python3.11',
        Handler: name,
        Script: SCRIPT,
        InputPayload: { RoleNames: '{{ RoleNames }}', PolicyArn: '{{ PolicyArn }}' },
      },
    });
    const whateverHappens = { onFailure: 'step:allow', onCancel: 'step:allow' };
    this.#document = new CfnDocument(this, 'Document', {
      documentType: 'Automation',
      // A document without a name of its own cannot be replaced, but it can have versions.
      updateMethod: 'NewVersion',
      content: {
        schemaVersion: '0.3',
        description: 'Denies calls of a service to roles for a while',
        assumeRole: this.#automationRole.roleArn,
        parameters: {
          RoleNames: { type: 'StringList' },
          PolicyArn: { type: 'String' },
        },
        mainSteps: [
          { ...step('deny'), ...whateverHappens },
          {
            name: 'wait',
            action: 'aws:sleep',
            inputs: { Duration: DENIED_FOR.toIsoString() },
            ...whateverHappens,
          },
          { ...step('allow'), maxAttempts: 5, isEnd: true },
        ],
      },
    });
  }

  /** Denies actions, `dynamodb:PutItem`, to roles. */
  action(actions: readonly string[], roles: readonly Role[]): FisAction {
    for (const role of roles) this.#roles.add(role);
    const { region, account, partition } = Stack.of(this);
    const parameters = {
      RoleNames: roles.map(({ roleName }) => roleName),
      PolicyArn: this.#policyOf(actions).managedPolicyArn,
    };
    return {
      actionId: 'aws:ssm:start-automation-execution',
      parameters: {
        documentArn: `arn:${partition}:ssm:${region}:${account}:document/${this.#document.ref}`,
        documentParameters: Stack.of(this).toJsonString(parameters),
        maxDuration: LONGEST.toIsoString(),
      },
      functions: [],
    };
  }

  /** Lets an experiment's role start it, and lets it do what the actions so far need. */
  grantStart(role: Role): void {
    const { region, account, partition } = Stack.of(this);
    const arn = (resource: string) => `arn:${partition}:ssm:${region}:${account}:${resource}`;
    Grant.addToPrincipal({
      grantee: role,
      actions: ['ssm:StartAutomationExecution'],
      resourceArns: [arn(`automation-definition/${this.#document.ref}:*`)],
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['ssm:GetAutomationExecution', 'ssm:StopAutomationExecution'],
      // Their ids are not known before.
      resourceArns: [arn('automation-execution/*')],
    });
    const ssm = 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>';
    const documentId = Stack.of(this).getLogicalId(this.#document);
    acknowledge(
      role,
      `AwsSolutions-IAM5[Resource::${ssm}:automation-definition/<${documentId}>:*]`,
      'Each change of the document makes a version, and the role may start any of them.',
    );
    acknowledge(
      role,
      `AwsSolutions-IAM5[Resource::${ssm}:automation-execution/*]`,
      'Ids of automations are not known before they are started.',
    );
    role.addManagedPolicy(
      this.#conditional('Passing', {
        actions: ['iam:PassRole'],
        resources: [this.#automationRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      }),
    );
    const policies = [...this.#policies.values()].map(({ managedPolicyArn }) => managedPolicyArn);
    this.#automationRole.addManagedPolicy(
      this.#conditional('Denying', {
        actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
        resources: [...this.#roles].map(({ roleArn }) => roleArn),
        conditions: { ArnEquals: { 'iam:PolicyARN': policies } },
      }),
    );
  }

  /** A managed policy: the local stage, which has no game days, knows no conditions in roles' own policies. */
  #conditional(id: string, statement: PolicyStatementProps): ManagedPolicy {
    return new ManagedPolicy(this, id, {
      description: 'Of game days: what experiments need to deny something for a while',
      statements: [new PolicyStatement(statement)],
    });
  }

  #policyOf(actions: readonly string[]): ManagedPolicy {
    const id = `Deny${actions.join('').replaceAll(/[^A-Za-z]/g, '')}`;
    const known = this.#policies.get(id);
    if (known !== undefined) return known;
    const policy = new ManagedPolicy(this, id, {
      description: 'Of game days: attached for minutes, by an automation',
      statements: [new PolicyStatement({ effect: Effect.DENY, actions: [...actions], resources: ['*'] })],
    });
    this.#policies.set(id, policy);
    return policy;
  }
}
