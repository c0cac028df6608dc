import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';
import type { ServiceFunction } from '../function.ts';

/** AWS's own parameter: the layer has another account and version in each region. */
const EXTENSION_LAYER = '/aws/service/fis/lambda-extension/AWS-FIS-extension-arm64/1.x.x';

/** Folder of the bucket in which FIS says what is to go wrong. */
const CONFIGURATIONS = 'FisConfigs/';

/**
 * Our functions are done sooner than a look into the bucket: they wait for one that is under way, or faults would
 * never reach them. It happens once a minute in each execution environment. The function that has least time to
 * spare is the one that sends commands: 3.6 s for attempts and 1 s for a wake-up, of 6 s.
 */
const WAIT_FOR_LOOK = Duration.seconds(1);

/** How the Fault Injection Service tells functions what is to go wrong: through a bucket that their extension reads. */
export class FaultInjection extends Construct {
  readonly #bucket: Bucket;
  readonly #reading: ManagedPolicy;
  readonly #configuring: ManagedPolicy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#bucket = new Bucket(this, 'Configurations', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // FIS removes them at an experiment's end; this is for what it could not remove.
      lifecycleRules: [{ expiration: Duration.days(1) }],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(
      this.#bucket,
      'AwsSolutions-S1',
      'It holds settings of experiments, for minutes; access logs would be longer than all that it ever holds.',
    );
    this.#reading = this.#policy('Reading', ['s3:ListBucket'], ['s3:GetObject']);
    this.#configuring = this.#policy('Configuring', [], ['s3:PutObject', 's3:DeleteObject']);
  }

  /** Lets experiments reach a function: with a layer, which costs some 100 ms of a cold start. */
  reach(lambda: ServiceFunction): void {
    const layer = StringParameter.valueForStringParameter(lambda, EXTENSION_LAYER);
    lambda.addLayers(LayerVersion.fromLayerVersionArn(lambda, 'FaultInjection', layer));
    lambda.addEnvironment('AWS_LAMBDA_EXEC_WRAPPER', '/opt/aws-fis/bootstrap');
    lambda.addEnvironment('AWS_FIS_CONFIGURATION_LOCATION', this.#bucket.arnForObjects(CONFIGURATIONS));
    lambda.addEnvironment('AWS_FIS_POLL_MAX_WAIT_MILLISECONDS', String(WAIT_FOR_LOOK.toMilliseconds()));
    lambda.role?.addManagedPolicy(this.#reading);
  }

  /** Lets an experiment say what is to go wrong. */
  admit(experiment: Role): void {
    experiment.addManagedPolicy(this.#configuring);
  }

  /** A managed policy: as a part of each role's own, its wildcard could not be acknowledged across stacks. */
  #policy(id: string, bucketActions: string[], objectActions: string[]): ManagedPolicy {
    const policy = new ManagedPolicy(this, id, { description: 'Of experiments that let things go wrong' });
    if (bucketActions.length > 0) {
      policy.addStatements(
        new PolicyStatement({ actions: bucketActions, resources: [this.#bucket.bucketArn] }),
      );
    }
    const resources = [this.#bucket.arnForObjects(`${CONFIGURATIONS}*`)];
    policy.addStatements(new PolicyStatement({ actions: objectActions, resources }));
    const bucketId = Stack.of(this).getLogicalId(this.#bucket.node.defaultChild as CfnBucket);
    acknowledge(
      policy,
      `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${CONFIGURATIONS}*]`,
      'What is in the folder has names that the Fault Injection Service makes up for each experiment.',
    );
    return policy;
  }
}
