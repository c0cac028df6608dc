import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeNamelessResources } from './acknowledged.ts';
import { bundle } from './bundle.ts';
import type { StageConfig } from './stages.ts';

export interface ServiceFunctionProps {
  readonly stage: StageConfig;
  /** Path of the handler's file from the project's root. */
  readonly entry: string;
  readonly description: string;
  readonly timeout: Duration;
  /** MB; CPU grows with it. */
  readonly memorySize?: number;
  readonly environment?: Record<string, string>;
}

/** A Lambda function of this system: the one place for runtime, architecture, bundling, logs and tracing. */
export class ServiceFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const { stage, entry, description, timeout, memorySize = 512, environment } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not CDK's default role: its managed policy allows writing to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    super(scope, id, {
      description,
      role,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundle(entry)),
      handler: 'index.handler',
      timeout,
      memorySize,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      // Lambda writes of what failed, and not two lines for each invocation that did not: they would be most of all logs.
      // Our own lines are not meant: their level stays INFO.
      systemLogLevelV2: SystemLogLevel.WARN,
      logGroup,
      environment: {
        POWERTOOLS_SERVICE_NAME: id,
        ...environment,
      },
    });
    logGroup.grantWrite(role);
    acknowledgeNamelessResources(role);
  }
}
