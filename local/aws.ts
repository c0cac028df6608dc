/** What every adapter of the local stage shares: JSON values, AWS errors, and the in-process AWS call. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The services that templates call directly: workflows, API Gateway integrations and pipes. */
export type AwsService =
  | 'cloudwatch'
  | 'dynamodb'
  | 'elasticloadbalancing'
  | 'lambda'
  | 'sns'
  | 'sqs'
  | 'states';

export interface AwsRequest {
  readonly service: AwsService;
  /** The API action in PascalCase, for example `PutItem`. */
  readonly action: string;
  /** The action's parameters as in the AWS API reference, PascalCase. */
  readonly input: JsonObject;
  /** ARN of the role that the caller acts in; the call is refused if its policies do not allow it. */
  readonly role: string;
}

/**
 * Calls an AWS action on the embedded engines, in process (no SDK, no HTTP to our own engines).
 * `lambda` `Invoke` takes and answers `Payload` as a JSON value, not as text.
 * @throws AwsError as the service would answer it
 */
export type AwsCall = (request: AwsRequest) => Promise<JsonObject>;

/** An error answer of an AWS service. */
export class AwsError extends Error {
  readonly statusCode: number;

  /**
   * @param name the API error code without a service prefix, for example `ConditionalCheckFailedException`
   * @param statusCode the HTTP status that AWS answers with
   */
  constructor(name: string, message: string, statusCode = 400) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
  }
}

/** Where the stage started on: shown on the terminal, one line each. `source` is a logical id. */
export type Log = (source: string, line: string) => void;
