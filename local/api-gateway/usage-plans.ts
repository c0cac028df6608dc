import type { Call } from './context.ts';
import type { ApiKey, RestApiDefinition, UsagePlanDefinition } from './definition.ts';
import { GatewayError } from './gateway-responses.ts';
import { Quota } from './quota.ts';
import { ACCOUNT_BURST, TokenBucket } from './throttle.ts';

/** An API key in the plan that it belongs to. */
interface Client {
  readonly key: ApiKey;
  /** Counts a request. @throws GatewayError for one too many */
  readonly spend: () => void;
}

/**
 * Finds the client by the request's API key.
 * @throws GatewayError for a key that is missing, unknown or in no plan of the API's stage
 */
export type FindClient = (call: Call) => Client;

/** What keys have used of a plan: it counts over all APIs of the plan, which are compiled one after the other. */
const spending = new WeakMap<UsagePlanDefinition, Map<ApiKey, () => void>>();

/**
 * Source: «Usage plans and API keys for REST APIs» and «Choose an API key source» in the developer guide.
 * @throws Error naming the plan for what API Gateway would refuse
 */
export function compileUsagePlans(api: RestApiDefinition): FindClient {
  const clients = new Map<string, Client>();
  for (const plan of api.usagePlans) {
    const stages = plan.stages.filter(({ apiId }) => apiId === api.id);
    for (const { stage } of stages) {
      if (stage !== api.stage.name) throw new Error(`usage plan ${plan.id}: there is no stage ${stage}`);
    }
    if (stages.length === 0) continue;
    for (const key of plan.keys) {
      if (clients.has(key.value)) {
        throw new Error(`usage plan ${plan.id}: the key ${key.id} is in two plans of one stage`);
      }
      clients.set(key.value, { key, spend: spendingOf(plan, key) });
    }
  }
  return (call) => {
    const value =
      api.apiKeySource === 'HEADER' ? call.request.header('x-api-key') : call.authorizer?.usageIdentifierKey;
    const client = clients.get(value ?? '');
    if (client === undefined) throw new GatewayError('INVALID_API_KEY');
    return client;
  };
}

function spendingOf(plan: UsagePlanDefinition, key: ApiKey): () => void {
  let ofPlan = spending.get(plan);
  if (ofPlan === undefined) {
    ofPlan = new Map();
    spending.set(plan, ofPlan);
  }
  let spend = ofPlan.get(key);
  if (spend === undefined) {
    spend = newSpending(plan);
    ofPlan.set(key, spend);
  }
  return spend;
}

/** AWS does not document whether a throttled request counts towards the quota; here it does not. */
function newSpending({ throttle, quota }: UsagePlanDefinition): () => void {
  const bucket = throttle && new TokenBucket(throttle.rateLimit, throttle.burstLimit ?? ACCOUNT_BURST);
  const counter = quota && new Quota(quota.limit, quota.period);
  return () => {
    if (bucket?.take() === false) throw new GatewayError('THROTTLED');
    if (counter?.take() === false) throw new GatewayError('QUOTA_EXCEEDED');
  };
}
