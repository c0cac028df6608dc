import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { EnvironmentName } from '../lib/stages.ts';
import type { BesideHandler } from './api-gateway/http-server.ts';
import { DOOR_PARAMETERS, startApis } from './apis.ts';
import { createAutomation } from './automation.ts';
import { type AwsCall, AwsError, type JsonObject, type Log } from './aws.ts';
import { readAssembly } from './cloudformation/assembly.ts';
import { deploy } from './cloudformation/deploy.ts';
import { Alarms } from './cloudwatch/alarms.ts';
import { withEmbeddedMetrics } from './cloudwatch/embedded-metrics.ts';
import { Metrics } from './cloudwatch/metrics.ts';
import { readQueues, withMetrics } from './cloudwatch/sources.ts';
import { CodeLoader } from './code-loader.ts';
import { createControl, onlyLocally, type StageDescription } from './control/control.ts';
import { createEnvironmentsControl } from './control/environments.ts';
import { createFaultsControl } from './control/faults.ts';
import { createMeterControl } from './control/meter.ts';
import { consumedQueues, createVitals, EndToEnd } from './control/vitals.ts';
import { type DynamoDbEngine, startDynamoDb } from './dynamodb/engine.ts';
import { startLoadBalancingEndpoint } from './elastic-load-balancing/endpoint.ts';
import type { LoadBalancers } from './elastic-load-balancing/load-balancers.ts';
import { forTools } from './endpoint.ts';
import { Faults } from './faults/faults.ts';
import { callThrough } from './faults/service-faults.ts';
import { Policies } from './iam/policies.ts';
import { type IdentityProvider, startIdentityProvider } from './identity/provider.ts';
import { ISSUER_PLACEHOLDER, TOKEN_PARAMETERS } from './identity/token-parameters.ts';
import { applyTopicRules, type TopicRule } from './iot-core/topic-rule.ts';
import { startEventSourceMapping } from './lambda/event-source-mapping.ts';
import { createLambdaFunction, type LambdaDefinition, type LambdaFunction } from './lambda/function.ts';
import { accountId, createMessagingEngine, type MessagingEngine, region } from './messaging/engine.ts';
import type { MeterReading } from './metering/meter-reading.ts';
import { StageMeter } from './metering/stage-meter.ts';
import { outputNamed } from './outputs.ts';
import { createPages } from './pages/pages.ts';
import { startPipe } from './pipes/pipe.ts';
import { type Definitions, noDefinitions, resourceCreator } from './resources.ts';
import { startSecretsManagerEndpoint } from './secrets-manager/endpoint.ts';
import { Secrets } from './secrets-manager/secrets.ts';
import { stageOf } from './stage-of.ts';
import type { StepFunctionsApi } from './step-functions/actions.ts';
import { startStepFunctionsEndpoint } from './step-functions/endpoint.ts';
import type { ExpressWorkflows } from './step-functions/executions.ts';
import type { StandardWorkflows } from './step-functions/standard-workflows.ts';
import type { Storage } from './storage/storage.ts';
import { startTaggingEndpoint } from './tagging/endpoint.ts';
import { ResourceTags } from './tagging/resource-tags.ts';

/** The repository's folder of documentation. */
const DOCS = fileURLToPath(new URL('../docs', import.meta.url));

export interface LocalStageOptions {
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  /** Of the app's API; 0 takes any free one. */
  readonly port: number;
  readonly log: Log;
  /** Synthesises the sources as they are now into a folder, so that code can be loaded later; without, the start's. */
  readonly synthesise?: (outdir: string) => Promise<void>;
  /** Values of the stacks' parameters; by default, tokens are those of the stage's identity provider. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Endpoints of services that run beside the stage, by the variables of the SDK. */
  readonly endpoints?: Readonly<Record<string, string>>;
  /** Serves more from the origin of the app's API: for what runs beside the stage. */
  readonly beside?: BesideHandler;
  /** Of the stage's data; without, they end with it. The caller closes it, after the stage has stopped. */
  readonly storage?: Storage;
}

/** A stage that runs on this machine. */
export interface LocalStage {
  /** Base URL of the app's API. */
  readonly url: string;
  readonly environments: readonly EnvironmentName[];
  /** Issues the tokens that the app's API takes. */
  readonly identity: IdentityProvider;
  /** An output of one of the stacks. @throws Error if there is none of that name */
  output(name: string): string;
  readonly messaging: MessagingEngine;
  readonly dynamoDb: DynamoDbEngine;
  readonly secrets: Secrets;
  /** What goes wrong. */
  readonly faults: Faults;
  readonly deadLetterQueues: ReadonlySet<string>;
  /** Of AWS IoT Core; none in a stage that has another broker. */
  readonly topicRules: readonly TopicRule[];
  /** Does with what was published on a topic what the rules say. @throws AwsError if a queue does not take it */
  applyTopicRules(topic: string, payload: Buffer): Promise<void>;
  /** By ARN. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** Loads the code of functions from the sources while the stage runs. */
  readonly code: CodeLoader;
  readonly workflows: ExpressWorkflows;
  readonly standardWorkflows: StandardWorkflows;
  /** As the templates define them, by ARN. */
  readonly stateMachines: Definitions['stateMachines'];
  /** The base URL of an API of the stage, by the URL that it would have on AWS. */
  localUrl(url: string): string;
  /** What AWS would bill, from the start until now. */
  readMeter(): Promise<MeterReading>;
  /** Writes items into a table. */
  put(table: string, items: readonly Record<string, AttributeValue>[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Creates every resource of a cloud assembly on embedded engines and starts what runs.
 * @throws Error in one line, for a port that is taken and for a template that cannot be run
 */
export async function startLocalStage(options: LocalStageOptions): Promise<LocalStage> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const step of stops.reverse()) await step();
    stops.length = 0;
  };
  try {
    return await start(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  {
    assembly,
    port,
    log,
    parameters = {},
    storage,
    beside = () => false,
    endpoints: others = {},
    synthesise = (outdir) => cp(assembly, outdir, { recursive: true }),
  }: LocalStageOptions,
  stops: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<LocalStage> {
  const stacks = readAssembly(assembly);
  const meter = new StageMeter(stacks);
  const faults = new Faults();
  const dynamoDb = await startDynamoDb({ region, accountId, faults, path: storage?.dynamoDbPath });
  stops.push(() => dynamoDb.close());
  const messaging = await createMessagingEngine({
    region,
    faults,
    store: storage?.messages,
    onCall: meter.messagingCall,
  });
  stops.push(() => messaging.close());

  const policies = new Policies();
  const secrets = new Secrets(storage?.keyValues);
  const tags = new ResourceTags();
  const definitions = noDefinitions();
  const outputs = await deploy(stacks, {
    region,
    accountId,
    create: resourceCreator({ messaging, dynamoDb, policies, secrets, tags }, definitions),
    parameters: { ...TOKEN_PARAMETERS, ...DOOR_PARAMETERS, ...parameters },
  });

  const metrics = new Metrics();
  readQueues(metrics, messaging);
  const alarms = new Alarms(definitions.alarms, metrics);
  const functions = new Map<string, LambdaFunction>();
  const call = callOf({
    meter,
    messaging,
    dynamoDb,
    policies,
    functions,
    loadBalancers: definitions.loadBalancers,
    alarms,
    stepFunctions: (action, input) => automation.stepFunctions(action, input),
  });
  const awsCall: AwsCall = (request) => callThrough(faults, request, () => call(request));
  const automation = createAutomation(definitions, {
    awsCall: meter.withTaskLogs(awsCall),
    messaging,
    log,
    data: storage?.keyValues,
  });
  automation.workflows.onEnd(meter.expressEnded);
  automation.standardWorkflows.onState(meter.standardState);

  const apis = await startApis(definitions, outputs, { port, awsCall, log, stops, faults, metrics, meter });
  const { urls, url } = apis;
  const onIdentityError = (error: Error) => log('Identity', String(error.stack));
  const identity = await startIdentityProvider(url, onIdentityError, storage?.keyValues);
  urls.push([ISSUER_PLACEHOLDER, identity.issuer]);
  const pages = createPages(DOCS);
  let description: StageDescription | undefined;
  const control = createControl(() => description);
  const faultsControl = createFaultsControl(faults);
  const endToEnd = new EndToEnd();
  const queues = consumedQueues(tags);
  const { deadLetterQueues } = definitions;
  const vitals = createVitals(
    () => description && { endToEnd, queues, deadLetterQueues, depth: messaging.depth },
  );
  const meteredFunctions: { definition: LambdaDefinition; lambda: LambdaFunction }[] = [];
  const readMeter = () => meter.read({ dynamoDb, functions: meteredFunctions });
  const meterControl = createMeterControl(() => description && readMeter());
  const code = new CodeLoader({ assembly, synthesise, functionNamed: (name) => byName(functions, name) });
  stops.push(() => code.close());
  const environmentsControl = createEnvironmentsControl(() => (description === undefined ? undefined : code));
  const controls = onlyLocally(
    (message, response) =>
      control(message, response) ||
      faultsControl(message, response) ||
      vitals(message, response) ||
      meterControl(message, response) ||
      environmentsControl(message, response) ||
      beside(message, response),
  );
  const seeRequest = meter.ofApp();
  apis.app.serveBeside(
    (message, response) =>
      identity.handler(message, response) ||
      pages(message, response) ||
      controls(message, response) ||
      seeRequest(message, response),
  );
  const localUrl = (text: string) => urls.reduce((result, [from, to]) => result.replaceAll(from, to), text);

  const roles = new Map([...definitions.functions.values()].map(({ name, role }) => [name, role]));
  const roleOf = (accessKeyId: string) => roles.get(accessKeyId) ?? '';
  const stepFunctions = await startStepFunctionsEndpoint(
    { awsCall, api: automation.stepFunctions, faults },
    roleOf,
  );
  stops.push(() => stepFunctions.close());
  const secretsManager = await startSecretsManagerEndpoint(
    { secrets, policies, faults },
    roleOf,
    meter.secretRead,
  );
  stops.push(() => secretsManager.close());
  const tagging = await startTaggingEndpoint(tags);
  stops.push(() => tagging.close());
  const loadBalancing = await startLoadBalancingEndpoint(definitions.loadBalancers);
  stops.push(() => loadBalancing.close());
  const endpoints = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: loadBalancing.url,
    AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API: tagging.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    AWS_ENDPOINT_URL_SNS: messaging.endpoint,
    AWS_ENDPOINT_URL_SQS: messaging.endpoint,
    ...others,
  };
  const engines = new Map(
    [
      [dynamoDb.endpoint, dynamoDb.loopback] as const,
      [messaging.endpoint, messaging.loopback] as const,
      [stepFunctions.url, stepFunctions.loopback] as const,
      [secretsManager.url, secretsManager.loopback] as const,
    ].map(([url, connect]) => [Number(new URL(url).port), connect]),
  );
  const functionLog = meter.functionLog(withEmbeddedMetrics(endToEnd.watching(log), metrics));
  for (const [arn, definition] of definitions.functions) {
    const variables = Object.entries(definition.environment).map(([name, value]) => [name, localUrl(value)]);
    // Nothing here could verify a signature: see functions/aws/signer.ts.
    const environment = { ...Object.fromEntries(variables), ...endpoints, REQUEST_SIGNING: 'none' };
    const lambda = createLambdaFunction({ ...definition, environment }, functionLog, faults, engines);
    functions.set(arn, withMetrics(lambda, metrics, definition.name));
    meteredFunctions.push({ definition, lambda });
    stops.push(() => lambda.stop());
  }
  // The first command should not wait for cold starts, and a function that cannot start should say so now.
  await Promise.all([...functions.values()].map((lambda) => lambda.warm()));

  for (const mapping of definitions.eventSourceMappings) {
    const functionName = String(mapping.FunctionName);
    const lambda = functionOf(functions, functionName);
    const consumer = startEventSourceMapping(mapping, lambda, meter.eventSource(functionName, messaging));
    stops.push(() => consumer.stop());
  }
  for (const { name, properties } of definitions.pipes) {
    const pipe = startPipe(properties, {
      messaging: meter.pipe(name, messaging),
      awsCall,
      log: (line) => log(name, line),
    });
    stops.push(() => pipe.stop());
  }

  stops.push(() => automation.close());
  await automation.deployed(outputs.keys());
  apis.open();
  description = {
    ...stageOf(outputs.keys()),
    outputs: Object.fromEntries(
      [...outputs.values()].flatMap((stack) => [...stack]).map(([name, value]) => [name, localUrl(value)]),
    ),
    endpoints: Object.fromEntries(Object.entries(endpoints).map(([name, url]) => [name, forTools(url)])),
    region,
  };
  return {
    url,
    environments: description.environments,
    identity,
    output: (name) => {
      const value = outputNamed(outputs, name);
      if (value === undefined) throw new Error(`No stack has an output ${name}`);
      return value;
    },
    messaging,
    dynamoDb,
    secrets,
    faults,
    deadLetterQueues: definitions.deadLetterQueues,
    topicRules: definitions.topicRules,
    applyTopicRules: (topic, payload) => applyTopicRules(definitions.topicRules, awsCall, topic, payload),
    functions,
    code,
    workflows: automation.workflows,
    standardWorkflows: automation.standardWorkflows,
    stateMachines: definitions.stateMachines,
    localUrl,
    readMeter,
    put: (table, items) => putItems(dynamoDb, table, items),
    stop,
  };
}

const byName = (functions: ReadonlyMap<string, LambdaFunction>, name: string): LambdaFunction | undefined =>
  functions.get(`arn:aws:lambda:${region}:${accountId}:function:${name}`);

/** @param target a name or an ARN @throws Error if there is none */
function functionOf(functions: ReadonlyMap<string, LambdaFunction>, target: string): LambdaFunction {
  const found = functions.get(target) ?? byName(functions, target);
  if (found === undefined) throw new Error(`There is no function ${target}`);
  return found;
}

interface Targets {
  readonly meter: StageMeter;
  readonly messaging: MessagingEngine;
  readonly dynamoDb: DynamoDbEngine;
  readonly policies: Policies;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly loadBalancers: LoadBalancers;
  readonly alarms: Alarms;
  readonly stepFunctions: StepFunctionsApi;
}

/** The call from template to template: allowed by the caller's role, carried out in process. */
function callOf({
  meter,
  messaging,
  dynamoDb,
  policies,
  functions,
  loadBalancers,
  alarms,
  stepFunctions,
}: Targets): AwsCall {
  return async (request): Promise<JsonObject> => {
    const { service, action, input, role } = request;
    meter.call(request);
    switch (service) {
      case 'dynamodb': {
        const table = `arn:aws:dynamodb:${region}:${accountId}:table/${String(input.TableName)}`;
        policies.check(role, `dynamodb:${action}`, table);
        return dynamoDb.call(action, input, meter.callerOf(role, action));
      }
      case 'sns':
        policies.check(role, `sns:${action}`, String(input.TopicArn));
        return messaging.call(action, 'sns', input);
      case 'sqs': {
        const queue = `arn:aws:sqs:${region}:${accountId}:${String(input.QueueUrl).split('/').at(-1)}`;
        policies.check(role, `sqs:${action}`, queue);
        return messaging.call(action, 'sqs', input);
      }
      case 'states':
        policies.check(role, `states:${action}`, String(input.stateMachineArn ?? input.executionArn));
        return stepFunctions(action, input);
      case 'cloudwatch':
        // What describes asks for the right to see all alarms, whichever it names.
        policies.check(role, `cloudwatch:${action}`, `arn:aws:cloudwatch:${region}:${accountId}:alarm:*`);
        return alarms.call(action, input);
      case 'elasticloadbalancing':
        if (action !== 'ModifyRule') break;
        policies.check(role, `elasticloadbalancing:${action}`, String(input.RuleArn));
        return loadBalancers.modifyRule(input);
      case 'lambda': {
        const arn = String(input.FunctionName);
        policies.check(role, 'lambda:InvokeFunction', arn);
        const result = await functionOf(functions, arn).invoke(input.Payload ?? null);
        if (result.ok) return { StatusCode: 200, Payload: result.payload };
        const { errorType, errorMessage, trace } = result;
        return { StatusCode: 200, FunctionError: 'Unhandled', Payload: { errorType, errorMessage, trace } };
      }
    }
    throw new AwsError(
      'UnknownOperationException',
      `${service}:${action} is not supported on the local stage`,
    );
  };
}

/** DynamoDB's limit of a batch. */
const BATCH_SIZE = 25;

async function putItems(
  dynamoDb: DynamoDbEngine,
  table: string,
  items: readonly Record<string, AttributeValue>[],
): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH_SIZE) {
    const batch = items.slice(start, start + BATCH_SIZE);
    await dynamoDb.call('BatchWriteItem', {
      // An AttributeValue is JSON but for binary, which vehicles do not have.
      RequestItems: {
        [table]: batch.map((Item) => ({ PutRequest: { Item: Item as unknown as JsonObject } })),
      },
    });
  }
}
