import { AuthorizationType, AwsIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EVENT_STATUS_WORDS } from '../../functions/event/lifecycle.ts';
import { errorBody, escaped, parameter } from '../mapping-templates.ts';
import type { Tables } from '../persistence/tables.ts';
import type { ServiceApi } from '../rest-api.ts';

const EVENT_STATUS_PATH = '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
const HISTORY_PATH = '/eadrax-vrccs/v3/presentation/remote-history/{vin}';

/** Entries of one page of the history. */
const PAGE_SIZE = 25;

/**
 * Status and history, straight from DynamoDB: 97 % of all API calls are status polls, and no Lambda stands
 * between that could be cold or fail. One 5xx while polling ends the command for the user.
 */
export class StatusApi extends Construct {
  readonly #tables: Tables;
  readonly #role: Role;

  constructor(scope: Construct, id: string, { api, tables }: { api: ServiceApi; tables: Tables }) {
    super(scope, id);
    this.#tables = tables;
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') });
    tables.events.grant(this.#role, 'dynamodb:GetItem', 'dynamodb:Query');
    const { requestValidator } = api;
    const methodResponses = ['200', '404', '429', '503'].map((statusCode) => ({ statusCode }));

    api.root.resourceForPath(EVENT_STATUS_PATH).addMethod('POST', this.#getStatus(), {
      authorizationType: AuthorizationType.NONE,
      requestValidator,
      requestParameters: { 'method.request.querystring.eventId': true },
      methodResponses,
    });
    api.root.resourceForPath(HISTORY_PATH).addMethod('GET', this.#queryHistory(), {
      authorizationType: AuthorizationType.NONE,
      requestValidator,
      requestParameters: {
        'method.request.path.vin': true,
        'method.request.querystring.before': false,
      },
      methodResponses,
    });
  }

  /** Strongly consistent: the app polls what the answer to its request promised. */
  #getStatus(): AwsIntegration {
    const request = [
      `{"TableName":"${this.#tables.events.tableName}",`,
      `"Key":{"pk":{"S":"COMMAND#${escaped(parameter('eventId'))}"},"sk":{"S":"STATE"}},`,
      '"ConsistentRead":true}',
    ];
    return this.#integration('GetItem', request.join(''), STATUS);
  }

  /** Newest first; a page's `before` continues behind its last entry. */
  #queryHistory(): AwsIntegration {
    const request = [
      `#set($before = ${escaped(parameter('before'))})`,
      // Sorts behind every time.
      '#if($before == "")#set($before = "~")#end',
      `{"TableName":"${this.#tables.events.tableName}",`,
      '"KeyConditionExpression":"pk = :vehicle AND sk < :before",',
      `"ExpressionAttributeValues":{":vehicle":{"S":"VEHICLE#${escaped(parameter('vin'))}"},":before":{"S":"$before"}},`,
      `"ScanIndexForward":false,"Limit":${PAGE_SIZE}}`,
    ];
    return this.#integration('Query', request.join(''), HISTORY);
  }

  #integration(action: string, requestTemplate: string, responseTemplate: string): AwsIntegration {
    return new AwsIntegration({
      service: 'dynamodb',
      action,
      options: {
        credentialsRole: this.#role,
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestTemplates: { 'application/json': requestTemplate },
        integrationResponses: [
          { statusCode: '200', responseTemplates: { 'application/json': responseTemplate } },
          {
            statusCode: '404',
            selectionPattern: '400',
            responseTemplates: { 'application/json': NOT_READ },
          },
          {
            statusCode: '503',
            selectionPattern: '5\\d{2}',
            responseTemplates: {
              'application/json': errorBody(503, 'The service is unavailable. Try again.'),
            },
          },
        ],
      },
    });
  }
}

/** A 400 of DynamoDB: a key that it refuses cannot be one of ours, so there is no such thing; or throttling. */
const NOT_READ = [
  `#if($input.path('$.__type').contains("ValidationException"))`,
  errorBody(404, 'There is no such event.'),
  `#elseif($input.path('$.__type').contains("Throttling") || $input.path('$.__type').contains("Exceeded"))`,
  `#set($context.responseOverride.status = 429)`,
  errorBody(429, 'Rate limit is exceeded. Try again in 1 seconds.'),
  `#else`,
  `#set($context.responseOverride.status = 503)`,
  errorBody(503, 'The service is unavailable. Try again.'),
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
  errorBody(404, 'There is no such event.'),
  ...Object.entries(EVENT_STATUS_WORDS).map(
    ([status, word]) =>
      `#elseif($item.status.S == "${status}"){"eventStatus":"${word}"${status === 'FAILED' ? `,"errorDetails":${ERROR_DETAILS}` : ''}}`,
  ),
  `#end`,
].join('\n');

const HISTORY = [
  `#set($items = $input.path('$.Items'))`,
  `{"items":[#foreach($item in $items)`,
  `{"eventId":"$item.eventId.S","serviceType":"$item.serviceType.S","status":"$item.status.S",`,
  `"statusReason":#if($item.statusReason.S != "")"$item.statusReason.S"#{else}null#end,`,
  `"source":"$item.source.S","time":"$item.time.S","ignored":$item.ignored.BOOL}`,
  `#if($foreach.hasNext),#end#end],`,
  `"before":#if($input.path('$.LastEvaluatedKey.sk.S') != "")"$input.path('$.LastEvaluatedKey.sk.S')"#{else}null#end}`,
].join('');
