import { describe, expect, test } from 'vitest';
import { stageConfig } from '../../../lib/stages.ts';
import { synthesise } from '../synthesis.ts';

const stage = synthesise(stageConfig('dev-x'));

describe('the users of a stage of one’s own', () => {
  test('come from nobody but the tools: no sign-up, no sign-in from outside', () => {
    expect(stage.at('shared/DemoUsers/Pool').properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
    });
    const { properties } = stage.at('shared/DemoUsers/App');
    expect(properties).toMatchObject({
      UserPoolId: 'shared/DemoUsers/Pool',
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      AllowedOAuthFlowsUserPoolClient: false,
      GenerateSecret: false,
    });
  });

  test('go with the stage', () => {
    const pool = stage.at('shared/DemoUsers/Pool');
    expect(pool.deletionPolicy).toBe('Delete');
    expect(pool.properties.DeletionProtection).toBe('INACTIVE');
  });

  test('are free: not the plan that is paid for from the first user on', () => {
    expect(stage.at('shared/DemoUsers/Pool').properties.UserPoolTier).toBe('ESSENTIALS');
  });

  test('have an audience in their access tokens', () => {
    expect(stage.at('shared/DemoUsers/Pool').properties.LambdaConfig).toEqual({
      PreTokenGenerationConfig: { LambdaArn: 'shared/DemoUsers/Audience', LambdaVersion: 'V2_0' },
    });
  });

  test('are found by the tools', () => {
    expect(stage.outputs).toMatchObject({
      'shared/UserPoolId': 'shared/DemoUsers/Pool',
      'shared/UserPoolClientId': 'shared/DemoUsers/App',
    });
  });
});

test.each(['prod', 'int', 'test'])('%s has none: whoever deploys names a provider', (name) => {
  expect(stageConfig(name).identity).toBe('provider');
});
