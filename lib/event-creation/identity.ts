import { CfnParameter, Duration } from 'aws-cdk-lib';
import { ApiKey, type IAuthorizer, TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { ServiceFunction } from '../function.ts';
import type { DemoUsers } from '../identity/demo-users.ts';
import type { ServiceApi } from '../rest-api.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';

/** The form of a bearer token (RFC 6750): anything else is refused without a Lambda. */
const BEARER_TOKEN = '^[Bb]earer [-0-9A-Za-z._~+/]+=*$';

/**
 * A token stays valid for so long after the issuer has revoked it, or it has expired. In exchange nearly all status
 * polls pass without a call of the function.
 */
const RESULTS_CACHED = Duration.minutes(5);

/** Who may come in: users by their tokens, apps by what they are registered for. */
export class Identity extends Construct {
  readonly authorizer: IAuthorizer;
  /** The function behind it. A token that it refuses counts as an error of the function's. */
  readonly authorize: ServiceFunction;
  /** The API keys of a stage's clients are called so, followed by the client's id. */
  readonly #apiKeyPrefix: string;
  readonly #demoUsers: DemoUsers | undefined;

  /** @param demoUsers who issue tokens in the place of a provider that whoever deploys names */
  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    environment: EnvironmentName,
    demoUsers: DemoUsers | undefined,
  ) {
    super(scope, id);
    this.#demoUsers = demoUsers;
    // Unique in the account; no secret, for clients cannot send it: the authorizer says it.
    this.#apiKeyPrefix = `remote-services-${stage.name}-${environment}-`;
    const { issuer, audience } =
      demoUsers === undefined ? this.#provider() : { issuer: demoUsers.issuer, audience: demoUsers.clientId };
    this.authorize = new ServiceFunction(this, 'Authorize', {
      stage,
      entry: 'functions/event-creation/authorize/handler.ts',
      description: 'Verifies the tokens of users',
      // Discovery and keys of the issuer, three seconds each at most, at a cold start.
      timeout: Duration.seconds(10),
      environment: {
        TOKEN_ISSUER: issuer,
        TOKEN_AUDIENCE: audience,
        API_KEY_PREFIX: this.#apiKeyPrefix,
      },
    });
    this.authorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: this.authorize,
      validationRegex: BEARER_TOKEN,
      resultsCacheTtl: RESULTS_CACHED,
    });
  }

  /** The provider that whoever deploys names. */
  #provider(): { issuer: string; audience: string } {
    const issuer = new CfnParameter(this, 'TokenIssuer', {
      description: 'Issuer (URL) of users’ tokens, an OpenID Connect provider',
      allowedPattern: '^https://.+',
    });
    const audience = new CfnParameter(this, 'TokenAudience', {
      description: 'Audience that users’ tokens must be made for',
      minLength: 1,
    });
    // The names that a deployment says, without the path of constructs.
    issuer.overrideLogicalId('TokenIssuer');
    audience.overrideLogicalId('TokenAudience');
    return { issuer: issuer.valueAsString, audience: audience.valueAsString };
  }

  /** Gives each app (OAuth's client) limits of its own. */
  register(api: ServiceApi, stage: StageConfig): void {
    for (const { id, requestsPerSecond, burst } of stage.clients) {
      const plan = api.addUsagePlan(`UsagePlan-${id}`, {
        description: `Limits of the app ${id} in ${stage.name}`,
        throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
        apiStages: [{ stage: api.deploymentStage }],
      });
      // A pool draws the id of its one app by itself.
      const clientId = this.#demoUsers?.clientId ?? id;
      plan.addApiKey(new ApiKey(this, `Key-${id}`, { value: `${this.#apiKeyPrefix}${clientId}` }));
    }
  }
}
