import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  EndpointType,
  JsonSchemaVersion,
  LogGroupLogDestination,
  MethodLoggingLevel,
  Model,
  RequestValidator,
  ResponseType,
  RestApi,
  type RestApiProps,
} from 'aws-cdk-lib/aws-apigateway';
import type { IInterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import * as z from 'zod';
import { LIMIT_EXCEEDED, RETRY_AFTER_SECONDS, TRY_AGAIN } from './mapping-templates.ts';
import type { StageConfig } from './stages.ts';

/** Every error of the interface has this shape; `messageString` is a JSON string, with its quotes. */
const errorTemplate = (statusCode: number, message: string) =>
  `{"statusCode":${statusCode},"message":${message}}`;

/**
 * The errors that API Gateway answers by itself, with their statuses in the interface. The default types stand
 * for those not listed: as no template can tell the status, they get one.
 *
 * What may pass is a 429 where it could be a 5xx: one 5xx while polling ends the command for the user, while apps
 * try again after a 429. A trigger may be sent again too.
 */
const GATEWAY_ERRORS: readonly [ResponseType, number, string][] = [
  [ResponseType.DEFAULT_4XX, 400, '$context.error.messageString'],
  [ResponseType.DEFAULT_5XX, 500, '"The service failed. Try again."'],
  [ResponseType.BAD_REQUEST_BODY, 400, '"Invalid request body: $context.error.validationErrorString"'],
  [ResponseType.BAD_REQUEST_PARAMETERS, 400, '$context.error.messageString'],
  [ResponseType.ACCESS_DENIED, 403, '$context.error.messageString'],
  // API Gateway's answer to a path or method that does not exist.
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 404, '"There is no such resource, or it has no such method."'],
  [ResponseType.INVALID_SIGNATURE, 403, '$context.error.messageString'],
  [ResponseType.EXPIRED_TOKEN, 403, '$context.error.messageString'],
  [ResponseType.UNAUTHORIZED, 401, '"Log in: send a valid token as authorization: Bearer <token>."'],
  [ResponseType.INVALID_API_KEY, 403, '"The app that this token was issued to may not be used here."'],
  // Which of the two it is when the function fails, AWS's documentation does not say.
  [ResponseType.AUTHORIZER_FAILURE, 429, `"Your token could not be checked. ${TRY_AGAIN}"`],
  [ResponseType.AUTHORIZER_CONFIGURATION_ERROR, 429, `"Your token could not be checked. ${TRY_AGAIN}"`],
  [ResponseType.RESOURCE_NOT_FOUND, 404, '$context.error.messageString'],
  [ResponseType.REQUEST_TOO_LARGE, 413, '"The request body is too large."'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 415, '"Send application/json."'],
  [ResponseType.THROTTLED, 429, JSON.stringify(LIMIT_EXCEEDED)],
  [ResponseType.QUOTA_EXCEEDED, 429, JSON.stringify(LIMIT_EXCEEDED)],
  [ResponseType.WAF_FILTERED, 403, '"The request was blocked."'],
  [ResponseType.INTEGRATION_TIMEOUT, 429, `"The service took too long. ${TRY_AGAIN}"`],
  [ResponseType.INTEGRATION_FAILURE, 429, `"The service is unavailable. ${TRY_AGAIN}"`],
];

/** The part of the URL behind the host. */
const STAGE_NAME = 'api';

const REGIONAL: Partial<RestApiProps> = { endpointConfiguration: { types: [EndpointType.REGIONAL] } };

/** Its own URL is off: requests name the private domain, and so cannot name another API of the account. */
const privateBehind = (endpoint: IInterfaceVpcEndpoint): Partial<RestApiProps> => ({
  endpointConfiguration: { types: [EndpointType.PRIVATE], vpcEndpoints: [endpoint] },
  policy: onlyThrough(endpoint),
  disableExecuteApiEndpoint: true,
});

/** The policy of a private API, or of a private domain: anybody who comes through the endpoint, and nobody else. */
export const onlyThrough = (endpoint: IInterfaceVpcEndpoint): PolicyDocument =>
  new PolicyDocument({
    statements: [
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        // Short for the API, or domain, that the policy is about: its own id is not known before it is there.
        resources: ['execute-api:/*'],
        conditions: { StringEquals: { 'aws:SourceVpce': endpoint.vpcEndpointId } },
      }),
    ],
  });

/** A REST API of this system: logs, throttling and the interface's error shape. */
export class ServiceApi extends RestApi {
  /** Checks required parameters, and bodies by their models. */
  readonly requestValidator: RequestValidator;

  /** @param options what an API has of its own: with an endpoint, it is private and reached through that alone */
  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    {
      endpoint,
      ...options
    }: { description: string; endpoint?: IInterfaceVpcEndpoint } & Pick<
      RestApiProps,
      'apiKeySourceType' | 'defaultMethodOptions'
    >,
  ) {
    super(scope, id, {
      ...options,
      // CloudWatch keys API Gateway's metrics by this name; it need not be unique.
      restApiName: `${Stack.of(scope).stackName}-${scope.node.id}`,
      ...(endpoint === undefined ? REGIONAL : privateBehind(endpoint)),
      // The account has one, of no stage: lib/account-stack.ts.
      cloudWatchRole: false,
      deployOptions: {
        stageName: STAGE_NAME,
        // Its traces would hold paths and queries, and with them VINs and users. Those of workflows and functions do not.
        tracingEnabled: false,
        loggingLevel: MethodLoggingLevel.ERROR,
        metricsEnabled: true,
        throttlingRateLimit: stage.throttling.requestsPerSecond,
        throttlingBurstLimit: stage.throttling.burst,
        accessLogDestination: new LogGroupLogDestination(
          new LogGroup(scope, `${id}AccessLogs`, {
            retention: stage.logRetention,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        // Without path and query, which may hold a VIN. Each poll is a line, so it has no more than people look for: when
        // it was is the event's own timestamp, a resource has one method, and how long the service behind it took is a
        // metric of each method.
        accessLogFormat: AccessLogFormat.custom(
          JSON.stringify({
            requestId: AccessLogField.contextRequestId(),
            resource: AccessLogField.contextResourcePath(),
            status: AccessLogField.contextStatus(),
            latencyMs: AccessLogField.contextResponseLatency(),
            error: AccessLogField.contextErrorMessage(),
          }),
        ),
      },
    });
    // API Gateway would create it by itself, keep it for ever, and leave it behind.
    const executionLogs = new LogGroup(scope, `${id}ExecutionLogs`, {
      logGroupName: `API-Gateway-Execution-Logs_${this.restApiId}/${STAGE_NAME}`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deploymentStage.node.addDependency(executionLogs);
    for (const [type, statusCode, message] of GATEWAY_ERRORS) {
      this.addGatewayResponse(type.responseType, {
        type,
        statusCode: String(statusCode),
        templates: { 'application/json': errorTemplate(statusCode, message) },
        responseHeaders: {
          'x-correlation-id': 'method.request.header.x-correlation-id',
          ...(statusCode === 429 ? { 'Retry-After': `'${RETRY_AFTER_SECONDS}'` } : {}),
        },
      });
    }
    this.requestValidator = new RequestValidator(this, 'Validator', {
      restApi: this,
      validateRequestBody: true,
      validateRequestParameters: true,
    });
  }

  /** The JSON schema of a body, made from its zod schema. API Gateway speaks draft 4. */
  bodyModel(id: string, description: string, body: z.ZodType): Record<string, Model> {
    const { $schema: _, ...schema } = z.toJSONSchema(body, {
      target: 'draft-4',
      io: 'input',
      // Draft 4 does not know zod's formats; where zod writes one, its pattern says the same.
      override: ({ jsonSchema }) => {
        delete jsonSchema.format;
      },
    });
    const model = new Model(this, id, {
      restApi: this,
      contentType: 'application/json',
      description,
      // zod and CDK name the same JSON schema with types of their own.
      schema: { schema: JsonSchemaVersion.DRAFT4, ...(schema as object) },
    });
    return { 'application/json': model };
  }
}
