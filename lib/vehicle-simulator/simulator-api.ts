import { AuthorizationType, AwsIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { WakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import { acknowledge } from '../acknowledged.ts';
import { bodyInText, errorBody, escaped, parameter } from '../mapping-templates.ts';
import { ServiceApi } from '../rest-api.ts';
import type { StageConfig } from '../stages.ts';
import type { ExpressWorkflow } from '../workflow.ts';
import type { BrokerMock } from './broker-mock.ts';
import type { SubscriptionMock } from './subscription-mock.ts';

const BROKER_PATH = '/api/v5';
const PUBLISH_PATH = `${BROKER_PATH}/publish`;
const WAKE_UP_PATH = `${BROKER_PATH}/wake-up`;
const NOTIFICATIONS_PATH = '/notifications';

export interface SimulatorApiProps {
  readonly stage: StageConfig;
  /** Undefined if the stage has a real one. */
  readonly broker: BrokerMock | undefined;
  readonly subscriptionMock: SubscriptionMock;
}

/** Step Functions answers 200 whatever became of the execution. Its caller tries again where it failed. */
const WORKFLOW_ENDED = [
  `#if($input.path('$.status') == "SUCCEEDED")`,
  `#set($output = $util.parseJson($input.path('$.output')))`,
  `#set($context.responseOverride.status = $output.statusCode)`,
  `$output.body`,
  `#else`,
  `#set($context.responseOverride.status = 503)`,
  errorBody(503, 'The broker failed. Try again.'),
  `#end`,
].join('\n');

/** The HTTP front of the simulator, without a Lambda: the subscriber's end, and the broker API's mock if it is used. */
export class SimulatorApi extends Construct {
  readonly #api: ServiceApi;

  constructor(scope: Construct, id: string, { stage, broker, subscriptionMock }: SimulatorApiProps) {
    super(scope, id);
    this.#api = new ServiceApi(this, 'RestApi', stage, {
      description: 'Vehicle simulator: broker API and subscriber',
    });
    acknowledge(this, 'AwsSolutions-APIG3', 'No firewall: it admits the functions of its own stage only.');
    acknowledge(this, 'AwsSolutions-COG4', 'Its callers are functions, not users: they sign with IAM.');
    if (broker !== undefined) this.#mockBroker(broker);
    this.#mockSubscriber(subscriptionMock);
  }

  /** Up to the version, as for every broker: what is below it, the contract says. */
  get brokerUrl(): string {
    return this.#api.urlForPath(BROKER_PATH);
  }

  get subscriberUrl(): string {
    return this.#api.urlForPath(NOTIFICATIONS_PATH);
  }

  grantBroker(grantee: IGrantable): Grant {
    return this.#grantPost(grantee, PUBLISH_PATH, WAKE_UP_PATH);
  }

  grantNotify(grantee: IGrantable): Grant {
    return this.#grantPost(grantee, NOTIFICATIONS_PATH);
  }

  #grantPost(grantee: IGrantable, ...paths: string[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: paths.map((path) => this.#api.arnForExecuteApi('POST', path, 'api')),
    });
  }

  /** Each request starts a workflow, which answers it. */
  #mockBroker(broker: BrokerMock): void {
    const role = new Role(this, 'BrokerRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['states:StartSyncExecution'],
      resourceArns: [broker.publish.stateMachineArn, broker.wakeUp.stateMachineArn],
    });
    const start = (workflow: ExpressWorkflow, statusCode: string, requestTemplate: string[]) =>
      new AwsIntegration({
        service: 'states',
        action: 'StartSyncExecution',
        options: {
          credentialsRole: role,
          passthroughBehavior: PassthroughBehavior.NEVER,
          requestTemplates: {
            'application/json': [
              // A quote inside of VTL's own quotes.
              `#set($q = '"')`,
              ...requestTemplate,
              `{"stateMachineArn":"${workflow.stateMachineArn}","input":"${escaped('$request')}"}`,
            ].join('\n'),
          },
          integrationResponses: [
            { statusCode, responseTemplates: { 'application/json': WORKFLOW_ENDED } },
            {
              statusCode: '503',
              selectionPattern: '[45]\\d{2}',
              responseTemplates: { 'application/json': errorBody(503, 'The broker is busy.') },
            },
          ],
        },
      });
    const options = {
      requestValidator: this.#api.requestValidator,
      authorizationType: AuthorizationType.IAM,
    };
    this.#api.root
      .resourceForPath(PUBLISH_PATH)
      .addMethod(
        'POST',
        start(broker.publish, '200', [
          `#set($message = $input.json('$'))`,
          `#set($request = "{\${q}requestedAt\${q}:$context.requestTimeEpoch,\${q}message\${q}:$message}")`,
        ]),
        {
          ...options,
          requestModels: this.#api.bodyModel('BrokerMessage', 'A message for a vehicle', BrokerMessage),
          methodResponses: [{ statusCode: '200' }, { statusCode: '202' }, { statusCode: '503' }],
        },
      );
    this.#api.root
      .resourceForPath(WAKE_UP_PATH)
      .addMethod(
        'POST',
        start(broker.wakeUp, '202', [
          `#set($vin = ${escaped("$input.path('$.clientid')")})`,
          `#set($request = "{\${q}requestedAt\${q}:$context.requestTimeEpoch,\${q}vin\${q}:\${q}$vin\${q}}")`,
        ]),
        {
          ...options,
          requestModels: this.#api.bodyModel('WakeUpCall', 'A wake-up of a vehicle', WakeUpCall),
          methodResponses: [{ statusCode: '202' }, { statusCode: '503' }],
        },
      );
  }

  /** Records each delivery, and shows those of a command or report. */
  #mockSubscriber({ notifications }: SubscriptionMock): void {
    const role = new Role(this, 'SubscriberRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    });
    notifications.grant(role, 'dynamodb:PutItem', 'dynamodb:Query');

    const record = new AwsIntegration({
      service: 'dynamodb',
      action: 'PutItem',
      options: {
        credentialsRole: role,
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestTemplates: {
          'application/json': [
            '{',
            `"TableName":"${notifications.tableName}",`,
            '"Item":{',
            `"eventId":{"S":"${escaped("$input.path('$.eventId')")}"},`,
            '"deliveryId":{"S":"$context.requestId"},',
            `"receivedAt":{"N":"$context.requestTimeEpoch"},`,
            `"notification":{"S":"${bodyInText()}"}`,
            '}}',
          ].join(''),
        },
        integrationResponses: [
          { statusCode: '200', responseTemplates: { 'application/json': '{}' } },
          {
            statusCode: '503',
            selectionPattern: '[45]\\d{2}',
            responseTemplates: { 'application/json': errorBody(503, 'Not recorded.') },
          },
        ],
      },
    });
    const read = new AwsIntegration({
      service: 'dynamodb',
      action: 'Query',
      options: {
        credentialsRole: role,
        requestTemplates: {
          'application/json': [
            `{"TableName":"${notifications.tableName}",`,
            '"KeyConditionExpression":"eventId = :eventId",',
            `"ExpressionAttributeValues":{":eventId":{"S":"${escaped(parameter('eventId'))}"}}}`,
          ].join(''),
        },
        integrationResponses: [
          {
            statusCode: '200',
            responseTemplates: {
              'application/json': [
                '[#foreach($item in $input.path("$.Items"))',
                '$item.notification.S#if($foreach.hasNext),#end',
                '#end]',
              ].join(''),
            },
          },
          {
            statusCode: '503',
            selectionPattern: '[45]\\d{2}',
            responseTemplates: { 'application/json': errorBody(503, 'Not read.') },
          },
        ],
      },
    });
    const resource = this.#api.root.resourceForPath(NOTIFICATIONS_PATH);
    resource.addMethod('POST', record, {
      requestValidator: this.#api.requestValidator,
      requestModels: this.#api.bodyModel('Notification', 'How a command ended, or a report', Notification),
      authorizationType: AuthorizationType.IAM,
      methodResponses: [{ statusCode: '200' }, { statusCode: '503' }],
    });
    resource.addResource('{eventId}').addMethod('GET', read, {
      authorizationType: AuthorizationType.IAM,
      methodResponses: [{ statusCode: '200' }, { statusCode: '503' }],
    });
  }
}
