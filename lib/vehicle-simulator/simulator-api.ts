import { AuthorizationType, AwsIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { acknowledge } from '../acknowledged.ts';
import { bodyInText, errorBody, escaped, parameter } from '../mapping-templates.ts';
import { ServiceApi } from '../rest-api.ts';
import type { StageConfig } from '../stages.ts';
import type { SubscriptionMock } from './subscription-mock.ts';
import type { Vehicle } from './vehicle.ts';

const PUBLISH_PATH = '/api/v5/publish';
const NOTIFICATIONS_PATH = '/notifications';

export interface SimulatorApiProps {
  readonly stage: StageConfig;
  readonly vehicle: Vehicle;
  readonly subscriptionMock: SubscriptionMock;
}

/** The HTTP front of the simulator, without a Lambda: the broker API's mock and the subscriber's end. */
export class SimulatorApi extends Construct {
  readonly #api: ServiceApi;

  constructor(scope: Construct, id: string, { stage, vehicle, subscriptionMock }: SimulatorApiProps) {
    super(scope, id);
    this.#api = new ServiceApi(this, 'RestApi', stage, {
      description: 'Vehicle simulator: broker API and subscriber',
    });
    acknowledge(this, 'AwsSolutions-APIG3', 'No firewall: it admits the functions of its own stage only.');
    acknowledge(this, 'AwsSolutions-COG4', 'Its callers are functions, not users: they sign with IAM.');
    this.#mockBroker(vehicle);
    this.#mockSubscriber(subscriptionMock);
  }

  get brokerUrl(): string {
    return this.#api.urlForPath(PUBLISH_PATH);
  }

  get subscriberUrl(): string {
    return this.#api.urlForPath(NOTIFICATIONS_PATH);
  }

  grantPublish(grantee: IGrantable): Grant {
    return this.#grantPost(grantee, PUBLISH_PATH);
  }

  grantNotify(grantee: IGrantable): Grant {
    return this.#grantPost(grantee, NOTIFICATIONS_PATH);
  }

  #grantPost(grantee: IGrantable, path: string): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: [this.#api.arnForExecuteApi('POST', path, 'api')],
    });
  }

  /** Takes a message as the broker does, and puts it on the vehicles' queue. */
  #mockBroker(vehicle: Vehicle): void {
    const role = new Role(this, 'BrokerRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    });
    vehicle.commands.grantSendMessages(role);
    const integration = new AwsIntegration({
      service: 'sqs',
      action: 'SendMessage',
      options: {
        credentialsRole: role,
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestParameters: {
          'integration.request.header.Content-Type': "'application/x-amz-json-1.0'",
          'integration.request.header.X-Amz-Target': "'AmazonSQS.SendMessage'",
        },
        requestTemplates: {
          'application/json': `{"QueueUrl":"${vehicle.commands.queue.queueUrl}","MessageBody":"${bodyInText()}"}`,
        },
        integrationResponses: [
          {
            statusCode: '200',
            responseTemplates: { 'application/json': `{"id":"$input.path('$.MessageId')"}` },
          },
          {
            statusCode: '503',
            selectionPattern: '[45]\\d{2}',
            responseTemplates: {
              'application/json': errorBody(503, 'The queue refused the message.'),
            },
          },
        ],
      },
    });
    this.#api.root.resourceForPath(PUBLISH_PATH).addMethod('POST', integration, {
      requestValidator: this.#api.requestValidator,
      requestModels: this.#api.bodyModel('BrokerMessage', 'A message for a vehicle', BrokerMessage),
      authorizationType: AuthorizationType.IAM,
      methodResponses: [{ statusCode: '200' }, { statusCode: '503' }],
    });
  }

  /** Records each delivery, and shows those of a command. */
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
            `"outcome":{"S":"${escaped("$input.path('$.outcome')")}"},`,
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
      requestModels: this.#api.bodyModel('Notification', 'How a command ended', Notification),
      authorizationType: AuthorizationType.IAM,
      methodResponses: [{ statusCode: '200' }, { statusCode: '503' }],
    });
    resource.addResource('{eventId}').addMethod('GET', read, {
      authorizationType: AuthorizationType.IAM,
      methodResponses: [{ statusCode: '200' }, { statusCode: '503' }],
    });
  }
}
