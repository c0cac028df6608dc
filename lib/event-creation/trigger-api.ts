import { AuthorizationType, AwsIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import { errorBody, escaped, parameter } from '../mapping-templates.ts';
import type { ServiceApi } from '../rest-api.ts';
import type { ExpressWorkflow } from '../workflow.ts';

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
    for (const service of CATALOGUE) {
      api.root.resourceForPath(service.path).addMethod('POST', this.#startWorkflow(service), {
        authorizationType: AuthorizationType.NONE,
        requestValidator: api.requestValidator,
        requestParameters: { 'method.request.header.bmw-vin': true },
        requestModels: api.bodyModel(
          `Body-${service.serviceType}`,
          `Body of ${service.serviceType}`,
          service.request,
        ),
        methodResponses: ['202', '400', '404', '409', '422', '429', '500', '503', '504'].map(
          (statusCode) => ({
            statusCode,
            responseParameters: { 'method.response.header.x-correlation-id': true },
          }),
        ),
      });
    }
  }

  #startWorkflow(service: RemoteService): AwsIntegration {
    return new AwsIntegration({
      service: 'states',
      action: 'StartSyncExecution',
      options: {
        credentialsRole: this.#role,
        // A body of another type would pass the validator, which knows application/json only.
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestTemplates: { 'application/json': this.#requestTemplate(service) },
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
              'application/json': errorBody(503, 'The service is unavailable. Try again.'),
            },
          },
        ],
      },
    });
  }

  /**
   * The workflow's input is built here field by field: what the client sends is a value in it, and can never
   * become a key beside the others. Time and correlation id are the ones of API Gateway's first sight.
   */
  #requestTemplate({ serviceType, deliverySeconds }: RemoteService): string {
    const field = (name: string, value: string) => `\${q}${name}\${q}:${value}`;
    const text = (variable: string) => `\${q}${variable}\${q}`;
    const input = [
      field('serviceType', text(serviceType)),
      field('deliverySeconds', String(deliverySeconds)),
      field('requestedAt', '$context.requestTimeEpoch'),
      field('vin', text('$vin')),
      field('correlationId', text('$correlationId')),
      field('body', '$body'),
    ].join(',');
    return [
      // A quote inside of VTL's own quotes.
      `#set($q = '"')`,
      `#set($vin = ${escaped(parameter('bmw-vin'))})`,
      `#set($correlationId = ${escaped(parameter('x-correlation-id'))})`,
      `#if($correlationId == "")#set($correlationId = $context.requestId)#end`,
      `#set($body = $input.json('$'))`,
      `#set($request = "{${input}}")`,
      `{"stateMachineArn":"${this.#workflow.stateMachineArn}","input":"${escaped('$request')}"}`,
    ].join('\n');
  }
}

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
  `#set($context.responseOverride.status = 504)`,
  errorBody(504, 'The service took too long. Try again.'),
  `#else`,
  `#set($context.responseOverride.status = 500)`,
  errorBody(500, 'The service failed. Try again.'),
  `#end`,
].join('\n');

const NOT_STARTED = [
  `#if($input.path('$.__type').contains("Throttling") || $input.path('$.__type').contains("LimitExceeded"))`,
  `#set($context.responseOverride.status = 429)`,
  errorBody(429, 'Rate limit is exceeded. Try again in 1 seconds.'),
  `#else`,
  errorBody(500, 'The service failed. Try again.'),
  `#end`,
].join('\n');
