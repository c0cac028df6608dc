import type { AwsCall, Json, JsonObject } from '../aws.ts';

/** Without a role, the function's resource policy speaks, and the caller is API Gateway itself. */
const SERVICE_PRINCIPAL = 'apigateway.amazonaws.com';

/** @returns what Lambda's `Invoke` answers. @throws whatever `awsCall` throws */
export type CallFunction = (payload: Json) => Promise<JsonObject>;

/**
 * @param path `2015-03-31/functions/{arn}/invocations`
 * @returns `undefined` for another path
 */
export function functionCaller(
  path: string,
  role: string | undefined,
  awsCall: AwsCall,
  invocationType?: string,
): CallFunction | undefined {
  const FunctionName = /^\/?2015-03-31\/functions\/(arn:[\w-]+:lambda:[^/]+)\/invocations$/.exec(path)?.[1];
  if (FunctionName === undefined) return undefined;
  const type: JsonObject = invocationType === undefined ? {} : { InvocationType: invocationType };
  return (Payload) => {
    const input = { FunctionName, Payload, ...type };
    return awsCall({ service: 'lambda', action: 'Invoke', input, role: role ?? SERVICE_PRINCIPAL });
  };
}
