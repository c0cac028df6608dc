import { Duration } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Fault } from '../../local/faults/fault.ts';
import { matches } from '../../local/faults/faults.ts';
import type { ServiceFunction } from '../function.ts';
import type { Denial, FisAction } from './denial.ts';

/** What experiments are aimed at. */
export interface Targets {
  /** By name: path below the stage without slashes, as faults name them too. */
  readonly functions: ReadonlyMap<string, ServiceFunction>;
  readonly denial: Denial;
  /** In which the system calls services. */
  readonly roles: readonly Role[];
  /** In which the simulator's broker API starts what delivers; undefined where the broker is a real one. */
  readonly brokerRole: Role | undefined;
}

/** The extension looks for faults once a minute: shorter than some minutes, few invocations would meet any. */
const LASTS = Duration.minutes(5);

/** Longer than the time-out of any function. */
const TOO_LATE = Duration.seconds(60);

/** The calls of each service that templates and functions make. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchWriteItem'],
  sns: ['Publish'],
  sqs: ['SendMessage', 'ChangeMessageVisibility'],
  states: ['StartSyncExecution'],
};

/**
 * What the Fault Injection Service does in the place of a local stage's fault.
 * @returns undefined if it has nothing like it
 */
export function fisAction(
  fault: Fault,
  { functions, denial, roles, brokerRole }: Targets,
): FisAction | undefined {
  const aimedAt = (pattern: string | undefined) =>
    [...functions].filter(([name]) => matches(pattern, name)).map(([, { functionArn }]) => functionArn);
  const onFunctions = (actionId: string, pattern: string | undefined, own: Record<string, string>) => ({
    actionId,
    parameters: {
      duration: LASTS.toIsoString(),
      invocationPercentage: String(Math.round(fault.probability * 100)),
      ...own,
    },
    functions: aimedAt(pattern),
  });

  switch (fault.fault) {
    case 'function-crashes':
      // With its handler's work done, the answer is an error all the same.
      return onFunctions('aws:lambda:invocation-error', fault.function, {
        preventExecution: String(fault.when === 'before'),
      });
    case 'function-times-out':
      // Before its work, not in the middle of it.
      return onFunctions('aws:lambda:invocation-add-delay', fault.function, {
        startupDelayMilliseconds: String(TOO_LATE.toMilliseconds()),
      });
    case 'service-fails': {
      // A denial has no effect and knows no probability; and it is no fault of the service, which SDKs would retry.
      const calls = CALLS[fault.service];
      if (fault.effect || calls === undefined) return undefined;
      const actions = fault.action === undefined ? calls : [fault.action];
      return denial.action(
        actions.map((action) => `${fault.service}:${action}`),
        roles,
      );
    }
    case 'broker-down':
    case 'broker-fails':
      // The broker API answers 503 then.
      return brokerRole && denial.action(['states:StartSyncExecution'], [brokerRole]);
    default:
      return undefined;
  }
}
