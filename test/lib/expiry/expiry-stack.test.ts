import { describe, expect, test } from 'vitest';
import { stageConfig } from '../../../lib/stages.ts';
import { synthesise } from '../synthesis.ts';

const stage = synthesise(stageConfig('dev-x'));
const twoEnvironments = synthesise(stageConfig('dev-door', { environments: 'blue,green' }));
const variablesOf = (of: typeof stage) =>
  (of.at('expiry/LookAfter').properties.Environment as { Variables: Record<string, string> }).Variables;

describe('a stage of one’s own takes itself down', () => {
  test('it is looked after once a day', () => {
    expect(stage.at('expiry/Daily').properties).toMatchObject({
      ScheduleExpression: 'rate(1 day)',
      State: 'ENABLED',
      Targets: [{ Arn: 'expiry/LookAfter' }],
    });
  });

  test.each([stage, twoEnvironments])(
    'with all stacks that it may have, each before those that it depends on, and its own at the end: $config.name',
    (of) => {
      const named = (stack: string) => `remote-services-${of.config.name}-${stack}`;
      const { STACKS, OWN_STACK } = variablesOf(of);
      expect(STACKS?.split(',')).toEqual(
        ['game-days', 'traffic', 'green', 'blue', 'vehicle-simulator', 'shared'].map(named),
      );
      expect(OWN_STACK).toBe(named('expiry'));
      const order = [...(STACKS?.split(',') ?? []), OWN_STACK];
      for (const { stackName } of of.stacks) {
        for (const dependency of of.stackDependencies[stackName] ?? []) {
          expect(order.indexOf(stackName), stackName).toBeLessThan(order.indexOf(dependency));
        }
      }
    },
  );

  test.each([stage, twoEnvironments])('it is deployed before all others: $config.name', (of) => {
    const expiry = `remote-services-${of.config.name}-expiry`;
    const others = of.stacks.filter(({ stackName }) => stackName !== expiry);
    for (const { stackName } of others) expect(of.stackDependencies[stackName], stackName).toContain(expiry);
    expect(of.stackDependencies[expiry]).toEqual([]);
  });

  test('if nobody uses any of its environments: by the names that its APIs have', () => {
    expect(variablesOf(twoEnvironments).API_NAMES?.split(',')).toEqual(
      ['blue', 'green'].map((environment) =>
        String(twoEnvironments.at(`${environment}/EventCreation/Api`).properties.Name),
      ),
    );
    expect(variablesOf(stage).EXPIRES_AFTER_DAYS).toBe('14');
  });

  test('its stack depends on no other: it goes when they are gone', () => {
    const expiry = stage.stacks.find(({ stackName }) => stackName.endsWith('-expiry'));
    expect(JSON.stringify(expiry?.template)).not.toContain('Fn::GetStackOutput');
  });

  test('its owner is warned by e-mail, if there is an address', () => {
    const expiry = stage.stacks.find(({ stackName }) => stackName.endsWith('-expiry'));
    expect(expiry?.template.Parameters.OwnerEmail).toMatchObject({ Default: '' });
    expect(expiry?.template.Resources.Owner).toMatchObject({
      Condition: 'HasOwnerEmail',
      Properties: { Protocol: 'email', Endpoint: { Ref: 'OwnerEmail' } },
    });
  });

  test('tools find how it was deployed', () => {
    expect(twoEnvironments.outputs).toMatchObject({
      'expiry/Environments': 'blue,green',
      'expiry/Broker': 'mock',
    });
  });
});

test.each(['prod', 'int', 'test'])('%s never does', (name) => {
  expect(stageConfig(name).expiresAfterDays).toBeUndefined();
});
