import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';

/**
 * Says in an access token whom it is for. Amazon Cognito leaves that out, and lets a trigger add no other audience than
 * the app that logs in.
 */
export function withAudience(event: PreTokenGenerationV2TriggerEvent): PreTokenGenerationV2TriggerEvent {
  return {
    ...event,
    response: {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: { claimsToAddOrOverride: { aud: event.callerContext.clientId } },
      },
    },
  };
}
