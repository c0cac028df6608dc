import { AwsIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService, Trigger } from '../../functions/remote-services/remote-service.ts';
import {
  ECHO_CORRELATION_ID,
  errorBody,
  escaped,
  LIMIT_EXCEEDED,
  parameter,
  RESPONSE_HEADERS,
  tryAgain,
  user,
} from '../mapping-templates.ts';
import type { ServiceApi } from '../rest-api.ts';
import type { ExpressWorkflow } from '../workflow.ts';

/**
 * Of a request's body: bytes to the firewall, characters without white space to the API. It is what AWS's common rules
 * allow too. A point of interest with all its entrances has some 3,000.
 */
export const LARGEST_BODY = 8192;

/** Where a request names the vehicle, in the terms of mapping templates. */
const VIN_EXPRESSIONS: Readonly<Record<Trigger['vin'], string>> = {
  header: parameter('bmw-vin'),
  path: parameter('vin'),
  body: "$input.path('$.vehicleInformation.vin')",
};

/** The same, as parameters that a request must have. The body's is in its schema. */
const VIN_PARAMETERS: Readonly<Record<Trigger['vin'], Record<string, boolean>>> = {
  header: { 'method.request.header.bmw-vin': true },
  path: { 'method.request.path.vin': true },
  body: {},
};

/** The services of a path: one, or several that a query parameter tells apart. */
type Services = readonly [RemoteService, ...RemoteService[]];

/**
 * The triggers of all remote services: API Gateway checks the request and starts the workflow synchronously,
 * without a Lambda between.
 */
export class TriggerApi extends Construct {
  readonly #workflow: ExpressWorkflow;
  readonly #role: Role;

  constructor(
    scope: Construct,
    id: string,
    { api, workflow }: { api: ServiceApi; workflow: ExpressWorkflow },
  ) {
    super(scope, id);
    this.#workflow = workflow;
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') });
    Grant.addToPrincipal({
      grantee: this.#role,
      actions: ['states:StartSyncExecution'],
      resourceArns: [workflow.stateMachineArn],
    });
    for (const [path, services] of servicesByPath()) {
      const [{ trigger, serviceType, request }] = services;
      api.root.resourceForPath(path).addMethod('POST', this.#startWorkflow(services), {
        requestValidator: api.requestValidator,
        requestParameters: {
          ...VIN_PARAMETERS[trigger.vin],
          ...(trigger.query && { [`method.request.querystring.${trigger.query.name}`]: true }),
        },
        requestModels: api.bodyModel(`Body-${serviceType}`, `Body of ${path}`, request),
        methodResponses: [
          '202',
          '400',
          '401',
          '403',
          '404',
          '409',
          '413',
          '422',
          '429',
          '500',
          '503',
          '504',
        ].map((statusCode) => ({
          statusCode,
          responseParameters: RESPONSE_HEADERS,
        })),
      });
    }
  }

  #startWorkflow(services: Services): AwsIntegration {
    return new AwsIntegration({
      service: 'states',
      action: 'StartSyncExecution',
      options: {
        credentialsRole: this.#role,
        // A body of another type would pass the validator, which knows application/json only.
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestTemplates: { 'application/json': this.#requestTemplate(services) },
        integrationResponses: [
          { statusCode: '202', responseTemplates: { 'application/json': WORKFLOW_ENDED } },
          {
            // Too many executions, or (a fault of ours) a request that Step Functions does not accept.
            statusCode: '500',
            selectionPattern: '4\\d{2}',
            responseTemplates: { 'application/json': NOT_STARTED },
          },
          {
            statusCode: '503',
            selectionPattern: '5\\d{2}',
            responseTemplates: {
              'application/json': `${ECHO_CORRELATION_ID}\n${errorBody(503, 'The service is unavailable. Try again.')}`,
            },
          },
        ],
      },
    });
  }

  /**
   * The workflow's input is built here field by field: what the client sends is a value in it, and can never
   * become a key beside the others. Time and correlation id are the ones of API Gateway's first sight, the user is
   * the authorizer's word.
   */
  #requestTemplate(services: Services): string {
    const [{ trigger }] = services;
    const field = (name: string, value: string) => `\${q}${name}\${q}:${value}`;
    const text = (variable: string) => `\${q}${variable}\${q}`;
    const input = [
      field('serviceType', text('$serviceType')),
      field('deliverySeconds', '$deliverySeconds'),
      field('requestedAt', '$context.requestTimeEpoch'),
      field('vin', text('$vin')),
      field('user', text('$user')),
      field('correlationId', text('$correlationId')),
      field('refusal', '$refusal'),
      field('body', '$body'),
    ].join(',');
    return [
      // A quote inside of VTL's own quotes.
      `#set($q = '"')`,
      `#set($vin = ${escaped(VIN_EXPRESSIONS[trigger.vin])})`,
      `#set($user = ${escaped(user())})`,
      `#set($correlationId = ${escaped(parameter('x-correlation-id'))})`,
      `#if($correlationId == "")#set($correlationId = $context.requestId)#end`,
      `#set($refusal = "null")`,
      ...chooseService(services),
      `#set($body = $input.json('$'))`,
      `#if($body.length() > ${LARGEST_BODY})#set($body = "null")${refuse(413, 'The request body is too large.')}#end`,
      `#set($request = "{${input}}")`,
      `{"stateMachineArn":"${this.#workflow.stateMachineArn}","input":"${escaped('$request')}"}`,
    ].join('\n');
  }
}

function servicesByPath(): Map<string, Services> {
  const byPath = new Map<string, Services>();
  for (const service of CATALOGUE) {
    const { path } = service.trigger;
    const others = byPath.get(path);
    byPath.set(path, others === undefined ? [service] : [...others, service]);
  }
  return byPath;
}

const setService = ({ serviceType, deliverySeconds }: RemoteService): string =>
  `#set($serviceType = "${serviceType}")#set($deliverySeconds = ${deliverySeconds})`;

function chooseService(services: Services): string[] {
  const [first] = services;
  const { query } = first.trigger;
  if (query === undefined) return [setService(first)];
  const values = services.map(({ trigger }) => trigger.query?.value);
  return [
    setService(first),
    ...services.map(
      (service, index) =>
        `#${index === 0 ? 'if' : 'elseif'}(${parameter(query.name)} == "${service.trigger.query?.value}")${setService(service)}`,
    ),
    `#else${refuse(400, `The query parameter ${query.name} must be ${values.join(' or ')}.`)}#end`,
  ];
}

/** A request that is found wrong here: the workflow refuses it, as it does others. Single quotes are VTL's verbatim text. */
const refuse = (statusCode: number, message: string): string =>
  `#set($refusal = '${JSON.stringify({ statusCode, reason: 'INVALID_REQUEST', message })}')`;

/**
 * Step Functions answers 200 whatever became of the execution. SUCCEEDED holds the HTTP answer in `output`;
 * the workflow catches its errors, so FAILED and TIMED_OUT are faults of ours.
 */
const WORKFLOW_ENDED = [
  `#set($status = $input.path('$.status'))`,
  `#if($status == "SUCCEEDED")`,
  `#set($output = $util.parseJson($input.path('$.output')))`,
  `#set($context.responseOverride.status = $output.statusCode)`,
  `#set($context.responseOverride.header.x-correlation-id = $output.correlationId)`,
  `$output.body`,
  `#elseif($status == "TIMED_OUT")`,
  ECHO_CORRELATION_ID,
  `#set($context.responseOverride.status = 504)`,
  errorBody(504, 'The service took too long. Try again.'),
  `#else`,
  ECHO_CORRELATION_ID,
  `#set($context.responseOverride.status = 500)`,
  errorBody(500, 'The service failed. Try again.'),
  `#end`,
].join('\n');

const NOT_STARTED = [
  ECHO_CORRELATION_ID,
  `#if($input.path('$.__type').contains("Throttling") || $input.path('$.__type').contains("LimitExceeded"))`,
  tryAgain(LIMIT_EXCEEDED),
  `#else`,
  errorBody(500, 'The service failed. Try again.'),
  `#end`,
].join('\n');
