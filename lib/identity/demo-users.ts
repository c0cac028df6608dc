import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  LambdaVersion,
  UserPool,
  UserPoolClient,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';
import { ServiceFunction } from '../function.ts';
import type { StageConfig } from '../stages.ts';

/**
 * A user pool of the stage's own, in the place of an OpenID Connect provider. Nobody knows a password: the tools, which
 * need AWS credentials, set a random one at each sign-in (bin/sign-in.ts).
 */
export class DemoUsers extends Construct {
  readonly issuer: string;
  /** `client_id` and audience of the tokens. */
  readonly clientId: string;

  constructor(scope: Construct, id: string, stage: StageConfig) {
    super(scope, id);
    const audience = new ServiceFunction(this, 'Audience', {
      stage,
      entry: 'functions/identity/audience/handler.ts',
      description: 'Says in access tokens whom they are for',
      // Cognito waits no longer.
      timeout: Duration.seconds(5),
      memorySize: 128,
    });
    const pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      // Lite cannot change access tokens. Both are free for 10,000 users a month.
      featurePlan: FeaturePlan.ESSENTIALS,
      accountRecovery: AccountRecovery.NONE,
      passwordPolicy: {
        minLength: 32,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
      },
      removalPolicy: RemovalPolicy.DESTROY,
      deletionProtection: false,
    });
    pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, audience, LambdaVersion.V2_0);
    acknowledge(
      pool,
      'AwsSolutions-COG2',
      'Demo users are signed in by tools with AWS credentials, not by people.',
    );
    acknowledge(
      pool,
      'AwsSolutions-COG3',
      'Threat protection is paid for, and there is no sign-in from outside.',
    );
    acknowledge(
      pool,
      'AwsSolutions-COG8',
      'The Plus plan is not free; demo users own simulated vehicles only.',
    );
    const client = new UserPoolClient(this, 'App', {
      userPool: pool,
      // With AWS credentials only: from outside nobody can try passwords.
      authFlows: { adminUserPassword: true },
      disableOAuth: true,
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.hours(1),
      generateSecret: false,
    });
    this.issuer = pool.userPoolProviderUrl;
    this.clientId = client.userPoolClientId;

    // For the tools that sign in.
    const outputs = { UserPoolId: pool.userPoolId, UserPoolClientId: client.userPoolClientId };
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value }).overrideLogicalId(name);
    }
  }
}
