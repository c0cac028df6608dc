import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../aws.ts';
import { accountId, region } from '../messaging/account.ts';
import type { Execution } from '../step-functions/standard-workflows.ts';

/** An event of an AWS service on the default bus. */
export interface ServiceEvent extends JsonObject {
  source: string;
  'detail-type': string;
  detail: JsonObject;
}

/** The envelope that all events of AWS services share. */
function serviceEvent(
  source: string,
  detailType: string,
  resource: string,
  detail: JsonObject,
  now: number,
): ServiceEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account: accountId,
    // Without milliseconds, as EventBridge writes it.
    time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [resource],
    detail,
  };
}

/** Source: AWS Developer Guide of Step Functions, «Automating Step Functions event delivery with EventBridge». */
export function executionStatusChange(execution: Execution, now: number): ServiceEvent {
  const { stopDate = null, output = null, error = null, cause = null, ...known } = execution;
  const included = { included: true };
  return serviceEvent(
    'aws.states',
    'Step Functions Execution Status Change',
    known.executionArn,
    {
      ...known,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      stopDate,
      inputDetails: included,
      output,
      outputDetails: output === null ? null : included,
      error,
      cause,
    },
    now,
  );
}

/** Source: AWS CloudFormation User Guide, «Managing events with CloudFormation and Amazon EventBridge». */
export function stackStatusChange(
  stackId: string,
  status: 'CREATE_COMPLETE' | 'UPDATE_COMPLETE',
  now: number,
): ServiceEvent {
  return serviceEvent(
    'aws.cloudformation',
    'CloudFormation Stack Status Change',
    stackId,
    { 'stack-id': stackId, 'status-details': { status, 'status-reason': '' } },
    now,
  );
}
