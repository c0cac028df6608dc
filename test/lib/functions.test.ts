import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { hasDoor, type StageConfig } from '../../lib/stages.ts';
import { allStages, type Resource, withoutGreen } from './synthesis.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const handlers = await handlersOf('{functions,vehicle-simulator}/**/handler.ts');

/** Variables that Lambda itself sets. */
const OF_THE_RUNTIME = ['AWS_REGION'];
/** Variables that depend on the peers of the stage: those that admit by roles need no credentials. */
const hasVariable: Readonly<Record<string, (stage: StageConfig) => boolean>> = {
  BROKER_SECRET_ARN: ({ broker }) => broker === 'http',
  SUBSCRIBER_SECRET_ARN: ({ vehicleSimulator }) => !vehicleSimulator,
  AWS_ENDPOINT_URL_IOT_DATA_PLANE: ({ broker }) => broker === 'iot-core',
};
/** What the sending function is told of each broker. */
const BROKER_ADDRESSES = { mock: /\/api\/v5$/, http: /^<BrokerUrl>$/, 'iot-core': /^iot-core$/ };
/** Variables that every function has: for the logger. */
const OF_EVERY_FUNCTION = ['POWERTOOLS_SERVICE_NAME'];

/** What the Fault Injection Service's extension reads. */
const OF_GAME_DAYS = [
  'AWS_FIS_CONFIGURATION_LOCATION',
  'AWS_FIS_POLL_MAX_WAIT_MILLISECONDS',
  'AWS_LAMBDA_EXEC_WRAPPER',
];

/** What CDK brings along, to ask AWS for addresses of endpoints during a deployment. */
const CDK_FUNCTION = /^traffic\/AWS[0-9a-f]+$/;

/** Loads every handler and notes which environment variables it asks for: handlers declare them at once. */
async function handlersOf(pattern: string): Promise<Map<string, string[]>> {
  let declared: string[] = [];
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.doMock('../../functions/environment.ts', () => ({
    readEnvironment: (shape: z.ZodRawShape) => {
      declared = Object.keys(shape);
      return Object.fromEntries(declared.map((name) => [name, 'https://example.com/']));
    },
  }));
  const found = new Map<string, string[]>();
  for (const entry of globSync(pattern, { cwd: ROOT })) {
    declared = [];
    const module = await import(`${ROOT}${entry}`);
    expect(module.handler, `the handler of ${entry}`).toBeTypeOf('function');
    found.set(entry, declared);
  }
  return found;
}

const Variables = z.object({ Variables: z.record(z.string(), z.string()) });
const variablesOf = ({ properties }: Resource) => Variables.parse(properties.Environment).Variables;

describe.each(allStages().map(withoutGreen))('in $config.name', (stage) => {
  const functions = stage.all('AWS::Lambda::Function').filter(({ path }) => !CDK_FUNCTION.test(path));

  test('every handler is the code of one function', () => {
    const { broker, identity, expiresAfterDays } = stage.config;
    const isIn: Readonly<Record<string, boolean>> = {
      'vehicle-simulator': broker === 'mock',
      'functions/identity': identity === 'demo-users',
      'functions/expiry': expiresAfterDays !== undefined,
    };
    const expected = [...handlers.keys()].filter((entry) =>
      Object.entries(isIn).every(([folder, is]) => is || !entry.startsWith(`${folder}/`)),
    );
    expect(functions.map((lambda) => stage.entryOf(lambda)).sort()).toEqual(expected.sort());
  });

  test.each(functions)('$path has the defaults of all functions', ({ path, properties }) => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      // What succeeds is not logged by Lambda itself. Without ApplicationLogLevel, ours are those from INFO on.
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', LogGroup: `${path}Logs` },
      Role: `${path}Role`,
      Description: expect.stringMatching(/^[A-Z].{20}/),
      Timeout: expect.any(Number),
    });
  });

  test.each(functions)('$path has a log group of its own, kept as long as the stage says', ({ path }) => {
    expect(stage.at(`${path}Logs`)).toMatchObject({
      type: 'AWS::Logs::LogGroup',
      properties: { RetentionInDays: stage.config.logRetention },
      deletionPolicy: 'Delete',
    });
  });

  test.each(functions)('$path gets the variables that its handler declares, and no others', (lambda) => {
    const declared = handlers.get(stage.entryOf(lambda)) ?? [];
    const needed = declared.filter(
      (name) => !OF_THE_RUNTIME.includes(name) && (hasVariable[name]?.(stage.config) ?? true),
    );
    const reached = stage.config.gameDays && !lambda.path.startsWith('vehicle-simulator/');
    expect(Object.keys(variablesOf(lambda)).sort()).toEqual(
      [...OF_EVERY_FUNCTION, ...needed, ...(reached ? OF_GAME_DAYS : [])].sort(),
    );
  });

  test('a function of CDK’s own is there for a front door only, and writes its log where ours do', () => {
    const own = stage.all('AWS::Lambda::Function').filter(({ path }) => CDK_FUNCTION.test(path));
    expect(own.map(({ properties: { Role, LoggingConfig } }) => ({ Role, LoggingConfig }))).toEqual(
      hasDoor(stage.config)
        ? [
            {
              Role: 'traffic/FrontDoor/Addresses/Role',
              LoggingConfig: { LogGroup: 'traffic/FrontDoor/Addresses/Logs' },
            },
          ]
        : [],
    );
  });

  test('variables that depend on the stage have its values', () => {
    const settings = functions.flatMap((lambda) => Object.entries(variablesOf(lambda)));
    const valuesOf = (name: string) =>
      new Set(settings.filter(([key]) => key === name).map(([, value]) => value));
    expect(valuesOf('RETENTION_DAYS')).toEqual(new Set([String(stage.config.eventRetentionDays)]));
    expect(valuesOf('METRICS_NAMESPACE')).toEqual(new Set([`RemoteVehicleServices/${stage.config.name}`]));
    expect(valuesOf('BROKER')).toEqual(
      new Set([expect.stringMatching(BROKER_ADDRESSES[stage.config.broker])]),
    );
    expect(valuesOf('SUBSCRIBER_URL')).toEqual(
      new Set([
        expect.stringMatching(stage.config.vehicleSimulator ? /notifications$/ : /^<SubscriberUrl>$/),
      ]),
    );
  });

  test('credentials and endpoints of peers are given where they are needed, credentials as names of secrets', () => {
    const values: Readonly<Record<string, string>> = {
      BROKER_SECRET_ARN: 'blue/OutgoingVehicleCommunication/BrokerCredentials',
      SUBSCRIBER_SECRET_ARN: 'blue/EventProcessing/SubscriberCredentials',
      AWS_ENDPOINT_URL_IOT_DATA_PLANE: 'https://<IotDataEndpoint>',
    };
    const given = functions.flatMap((lambda) =>
      Object.entries(variablesOf(lambda)).filter(([name]) => name in values),
    );
    expect(Object.fromEntries(given)).toEqual(
      Object.fromEntries(Object.entries(values).filter(([name]) => hasVariable[name]?.(stage.config))),
    );
  });

  test('no log group keeps its lines for ever', () => {
    for (const { path, properties } of stage.all('AWS::Logs::LogGroup')) {
      expect(properties.RetentionInDays, path).toBe(stage.config.logRetention);
    }
  });
});
