import { Duration } from 'aws-cdk-lib';
import { AwsIntegration, LambdaIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EVENT_STATUS_WORDS } from '../../functions/event/lifecycle.ts';
import {
  EVENT_POSITION_PATH,
  EVENT_STATUS_PATH,
  HISTORY_PATH,
} from '../../functions/event-creation/paths.ts';
import { ServiceFunction } from '../function.ts';
import {
  ECHO_CORRELATION_ID,
  errorBody,
  escaped,
  LIMIT_EXCEEDED,
  parameter,
  RESPONSE_HEADERS,
  TRY_AGAIN,
  tryAgain,
  user,
} from '../mapping-templates.ts';
import type { Tables } from '../persistence/tables.ts';
import type { ServiceApi } from '../rest-api.ts';
import type { StageConfig } from '../stages.ts';

export interface StatusApiProps {
  readonly stage: StageConfig;
  readonly api: ServiceApi;
  readonly tables: Tables;
}

/**
 * What became of commands, to those who requested them. Status and position come straight from DynamoDB: 97 % of all
 * API calls are status polls, and no Lambda stands between that could be cold or fail. One 5xx while polling ends
 * the command for the user.
 */
export class StatusApi extends Construct {
  readonly #props: StatusApiProps;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: StatusApiProps) {
    super(scope, id);
    this.#props = props;
    const { api, tables } = props;
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') });
    tables.events.grant(this.#role, 'dynamodb:GetItem');
    tables.grantReadPositions(this.#role);
    const { requestValidator } = api;
    const methodResponses = ['200', '400', '401', '403', '404', '429'].map((statusCode) => ({
      statusCode,
      responseParameters: RESPONSE_HEADERS,
    }));

    api.root.resourceForPath(EVENT_STATUS_PATH).addMethod('POST', this.#getStatus(), {
      requestValidator,
      requestParameters: { 'method.request.querystring.eventId': true },
      methodResponses,
    });
    api.root.resourceForPath(EVENT_POSITION_PATH).addMethod('POST', this.#getPosition(), {
      requestValidator,
      requestParameters: {
        'method.request.querystring.eventId': true,
        'method.request.header.latitude': true,
        'method.request.header.longitude': true,
      },
      methodResponses,
    });
    api.root.resourceForPath(HISTORY_PATH).addMethod('GET', this.#getHistory(), {
      requestValidator,
      requestParameters: {
        'method.request.path.vin': true,
        'method.request.querystring.before': false,
      },
    });
  }

  /** Strongly consistent: the app polls what the answer to its request promised. */
  #getStatus(): AwsIntegration {
    const request = [
      `{"TableName":"${this.#props.tables.events.tableName}",`,
      `"Key":{"pk":{"S":"COMMAND#${escaped(parameter('eventId'))}"},"sk":{"S":"STATE"}},`,
      '"ConsistentRead":true}',
    ];
    return this.#fromTable('GetItem', request.join(''), STATUS);
  }

  /** The filter hides what is someone else's, or too old: TTL deletes late. */
  #getPosition(): AwsIntegration {
    const request = [
      `{"TableName":"${this.#props.tables.positions.tableName}",`,
      '"KeyConditionExpression":"eventId = :eventId",',
      '"FilterExpression":"requester = :user AND hiddenFrom > :now",',
      `"ExpressionAttributeValues":{":eventId":{"S":"${escaped(parameter('eventId'))}"},`,
      `":user":{"S":"${escaped(user())}"},":now":{"N":"$context.requestTimeEpoch"}},`,
      '"ConsistentRead":true}',
    ];
    return this.#fromTable('Query', request.join(''), POSITION);
  }

  /** A function, for it reads more than one thing: whose vehicle and whose commands these are. Apps ask for it now and then. */
  #getHistory(): LambdaIntegration {
    const { stage, tables } = this.#props;
    const history = new ServiceFunction(this, 'History', {
      stage,
      entry: 'functions/event-creation/history/handler.ts',
      description: 'What became of a vehicle’s commands, to its owner',
      // The vehicle, a page of its history, and the commands in it at once; the app waits for it.
      timeout: Duration.seconds(5),
      environment: { EVENTS_TABLE: tables.events.tableName, VEHICLES_TABLE: tables.vehicles.tableName },
    });
    tables.vehicles.grant(history, 'dynamodb:GetItem');
    tables.events.grant(history, 'dynamodb:Query', 'dynamodb:GetItem');
    return new LambdaIntegration(history, { allowTestInvoke: false });
  }

  #fromTable(action: string, requestTemplate: string, responseTemplate: string): AwsIntegration {
    return new AwsIntegration({
      service: 'dynamodb',
      action,
      options: {
        credentialsRole: this.#role,
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestTemplates: { 'application/json': requestTemplate },
        integrationResponses: [
          { statusCode: '200', responseTemplates: correlated(responseTemplate) },
          {
            statusCode: '404',
            selectionPattern: '400',
            responseTemplates: correlated(NOT_READ),
          },
          // No 5xx: one of these while polling ends the command for the user, while apps try again after a 429.
          { statusCode: '429', selectionPattern: '5\\d{2}', responseTemplates: correlated(NOT_AVAILABLE) },
        ],
      },
    });
  }
}

const correlated = (template: string) => ({ 'application/json': `${ECHO_CORRELATION_ID}\n${template}` });

const NOT_AVAILABLE = tryAgain(`The service is unavailable. ${TRY_AGAIN}`);

/** Someone else's event is answered exactly like one that does not exist. */
const NO_SUCH_EVENT = errorBody(404, 'There is no such event.');

/** A 400 of DynamoDB: a key that it refuses cannot be one of ours, so there is no such thing; or throttling. */
const NOT_READ = [
  `#if($input.path('$.__type').contains("ValidationException"))`,
  NO_SUCH_EVENT,
  `#elseif($input.path('$.__type').contains("Throttling") || $input.path('$.__type').contains("Exceeded"))`,
  tryAgain(LIMIT_EXCEEDED),
  `#else`,
  NOT_AVAILABLE,
  `#end`,
].join('\n');

const ERROR_DETAILS = JSON.stringify({
  title: null,
  description: null,
  presentationType: 'DIALOG',
  iconId: null,
  isRetriable: false,
  errorDetails: '$item.statusReason.S',
});

const STATUS = [
  `#set($item = $input.path('$.Item'))`,
  `#if($item == "")`,
  `#set($context.responseOverride.status = 404)`,
  NO_SUCH_EVENT,
  `#elseif($item.requester.S == ${user()})`,
  ...Object.entries(EVENT_STATUS_WORDS).map(
    ([status, word], index) =>
      `#${index === 0 ? 'if' : 'elseif'}($item.status.S == "${status}"){"eventStatus":"${word}"${status === 'FAILED' ? `,"errorDetails":${ERROR_DETAILS}` : ''}}`,
  ),
  `#end`,
  `#else`,
  `#set($context.responseOverride.status = 404)`,
  NO_SUCH_EVENT,
  `#end`,
].join('\n');

/** Decimal degrees, as the observer's position is sent; near the equator some clients write 5e-05. */
const DEGREES = '-?[0-9]{1,3}([.][0-9]{1,20})?([eE]-?[0-9]{1,2})?';

/** No geocoder stands behind this: the address is the position in numbers. */
const POSITION = [
  `#set($item = $input.path('$.Items[0]'))`,
  `#if(!${parameter('latitude')}.matches("${DEGREES}") || !${parameter('longitude')}.matches("${DEGREES}"))`,
  `#set($context.responseOverride.status = 400)`,
  errorBody(400, 'The headers latitude and longitude must be the observer’s position in decimal degrees.'),
  `#elseif($item == "")`,
  `#set($context.responseOverride.status = 404)`,
  errorBody(404, 'There is no position of such an event.'),
  `#else`,
  '{"positionData":{"status":"OK","position":{"latitude":$item.latitude.N,"longitude":$item.longitude.N,',
  '"formattedAddress":"$item.latitude.N, $item.longitude.N","heading":$item.heading.N}},"errorDetails":null}',
  `#end`,
].join('\n');
