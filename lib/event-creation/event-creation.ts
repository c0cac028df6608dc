import { Duration } from 'aws-cdk-lib';
import { ApiKeySourceType, AuthorizationType } from 'aws-cdk-lib/aws-apigateway';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EVENT_TYPE, VIN_PATTERN } from '../../functions/event/event.ts';
import { NO_SUCH_VEHICLE } from '../../functions/event-creation/request.ts';
import { acknowledge } from '../acknowledged.ts';
import type { EventProcessing } from '../event-processing/event-processing.ts';
import { ServiceFunction } from '../function.ts';
import type { DemoUsers } from '../identity/demo-users.ts';
import type { OutgoingVehicleCommunication } from '../outgoing-vehicle-communication/outgoing-vehicle-communication.ts';
import type { Tables } from '../persistence/tables.ts';
import { ServiceApi } from '../rest-api.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';
import { ExpressWorkflow } from '../workflow.ts';
import { Identity } from './identity.ts';
import { type BehindDoor, PrivateDomain } from './private-domain.ts';
import { StatusApi } from './status-api.ts';
import { TriggerApi } from './trigger-api.ts';

/**
 * How long a retried request is recognised: longer than an app follows a command (240 s) with all its retries, and
 * shorter than a person takes to want the same again.
 */
export const REMEMBER_SECONDS = 600;

export interface EventCreationProps {
  readonly stage: StageConfig;
  readonly environment: EnvironmentName;
  readonly tables: Tables;
  readonly eventProcessing: EventProcessing;
  readonly outgoing: OutgoingVehicleCommunication;
  /** Undefined where whoever deploys names an OpenID Connect provider. */
  readonly demoUsers: DemoUsers | undefined;
  /** Undefined where the API itself is the way in. */
  readonly behindDoor: BehindDoor | undefined;
}

/** Takes the app's requests and makes commands of them: the REST API, and the workflow behind it. */
export class EventCreation extends Construct {
  readonly api: ServiceApi;
  /** What refuses tokens, by an error. */
  readonly authorize: ServiceFunction;

  constructor(scope: Construct, id: string, props: EventCreationProps) {
    super(scope, id);
    const { stage, environment, tables, eventProcessing, outgoing, behindDoor } = props;

    const check = (name: string, description: string) =>
      new ServiceFunction(this, name, {
        stage,
        entry: `functions/event-creation/${name.toLowerCase()}/handler.ts`,
        description,
        // Some arithmetic, and a cold start; the app waits for it.
        timeout: Duration.seconds(5),
      });
    const validate = check('Validate', 'Whether a vehicle may be asked for this');
    const enrich = check('Enrich', 'What the backend knows of the vehicle and the app does not send');

    const workflow = new ExpressWorkflow(this, 'Workflow', {
      stage,
      definition: 'event-creation',
      substitutions: {
        Environment: environment,
        EnrichFunction: enrich.functionArn,
        EventsTable: tables.events.tableName,
        EventsTopic: eventProcessing.topic.topicArn,
        EventType: EVENT_TYPE,
        NoSuchVehicle: NO_SUCH_VEHICLE,
        LeasesTable: tables.leases.tableName,
        RememberSeconds: String(REMEMBER_SECONDS),
        OutgoingQueue: outgoing.commands.queue.queueUrl,
        RetentionDays: String(stage.eventRetentionDays),
        ValidateFunction: validate.functionArn,
        VehiclesTable: tables.vehicles.tableName,
        VinPattern: VIN_PATTERN,
      },
    });
    Grant.addToPrincipal({
      grantee: workflow,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [validate.functionArn, enrich.functionArn],
    });
    tables.vehicles.grant(workflow, 'dynamodb:GetItem');
    tables.leases.grant(workflow, 'dynamodb:PutItem', 'dynamodb:GetItem');
    tables.events.grant(workflow, 'dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:DeleteItem');
    eventProcessing.grantPublish(workflow);
    outgoing.commands.grantSendMessages(workflow);

    const identity = new Identity(this, 'Identity', stage, environment, props.demoUsers);
    this.authorize = identity.authorize;
    this.api = new ServiceApi(this, 'Api', stage, {
      description: `The app's interface to ${stage.name} (${environment})`,
      apiKeySourceType: ApiKeySourceType.AUTHORIZER,
      ...(behindDoor && { endpoint: behindDoor.endpoint }),
      // Every method is for users with a token, unless it says otherwise.
      defaultMethodOptions: {
        authorizer: identity.authorizer,
        authorizationType: AuthorizationType.CUSTOM,
        apiKeyRequired: true,
      },
    });
    acknowledge(
      this.api,
      'AwsSolutions-COG4',
      'Tokens are those of an OpenID Connect provider of one’s choice.',
    );
    new TriggerApi(this, 'Triggers', { api: this.api, workflow });
    new StatusApi(this, 'Status', { stage, api: this.api, tables });
    identity.register(this.api, stage);
    if (behindDoor) new PrivateDomain(this, 'Domain', { ...behindDoor, api: this.api });
    acknowledge(
      this.api,
      'AwsSolutions-APIG3',
      behindDoor
        ? 'It is reached through the load balancer only, where the firewall is if the stage has one.'
        : 'A firewall costs money while idle; throttling remains.',
    );
  }
}
