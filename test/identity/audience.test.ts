import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { handler } from '../../functions/identity/audience/handler.ts';

const EVENT: PreTokenGenerationV2TriggerEvent = {
  version: '2',
  triggerSource: 'TokenGeneration_Authentication',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_pool',
  userName: 'demo',
  callerContext: { awsSdkVersion: 'sdk', clientId: '1example23456789' },
  request: { userAttributes: { sub: 'subject' }, groupConfiguration: {} },
  response: { claimsAndScopeOverrideDetails: {} },
};

test('an access token is for the app that signs in: Cognito takes no other audience', async () => {
  expect(await handler(EVENT)).toEqual({
    ...EVENT,
    response: {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { aud: '1example23456789' } },
      },
    },
  });
});
