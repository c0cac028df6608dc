import { readFileSync } from 'node:fs';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeNamelessResources } from './acknowledged.ts';
import type { StageConfig } from './stages.ts';

export interface WorkflowProps {
  readonly stage: StageConfig;
  /** Name of the definition in `statemachines/`, without `.asl.json`. */
  readonly definition: string;
  /** Values of the definition's `${…}` placeholders. */
  readonly substitutions: Record<string, string>;
}

/** A workflow from an ASL file, with logs of what failed and tracing. */
abstract class Workflow extends StateMachine {
  /** @param errorsOnly why the log of every step is not needed */
  constructor(
    scope: Construct,
    id: string,
    type: StateMachineType,
    errorsOnly: string,
    { stage, definition, substitutions }: WorkflowProps,
  ) {
    const file = new URL(`../statemachines/${definition}.asl.json`, import.meta.url);
    super(scope, id, {
      stateMachineType: type,
      definitionBody: DefinitionBody.fromString(readFileSync(file, 'utf8')),
      definitionSubstitutions: substitutions,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(scope, `${id}Logs`, {
          // The prefix keeps CloudWatch's one resource policy per account from growing with each workflow, up
          // to its limit of 5,120 characters. The stack's name and id keep two stages apart.
          logGroupName: `/aws/vendedlogs/states/${Stack.of(scope).stackName}-${definition}`,
          retention: stage.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        // Inputs hold VINs, which are personal data.
        includeExecutionData: false,
      },
    });
    acknowledgeNamelessResources(this.role);
    acknowledge(this, 'AwsSolutions-SF1', errorsOnly);
  }
}

/** For what takes seconds and happens often; nobody can ask for an execution that has ended. */
export class ExpressWorkflow extends Workflow {
  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(
      scope,
      id,
      StateMachineType.EXPRESS,
      'Errors only. Logs of every step would cost more than the executions; X-Ray shows the way of a command.',
      props,
    );
  }
}

/** For what takes long and must be done once: an execution has a name, survives everything, and can be asked for. */
export class StandardWorkflow extends Workflow {
  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(
      scope,
      id,
      StateMachineType.STANDARD,
      'Errors only: AWS itself keeps every step of a standard execution for 90 days.',
      props,
    );
  }
}
