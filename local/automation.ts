import * as z from 'zod';
import type { AwsCall, Log } from './aws.ts';
import { executionStatusChange, stackStatusChange } from './eventbridge/event.ts';
import { EventBus } from './eventbridge/event-bus.ts';
import { accountId, region } from './messaging/account.ts';
import type { MessagingEngine } from './messaging/engine.ts';
import type { Definitions } from './resources.ts';
import { type StepFunctionsApi, stepFunctionsApi } from './step-functions/actions.ts';
import { ExpressWorkflows } from './step-functions/executions.ts';
import { Execution, StandardWorkflows } from './step-functions/standard-workflows.ts';
import type { KeyValues } from './storage/key-values.ts';

/** What a stage does by itself: its workflows, and the events that start some of them. */
export interface Automation {
  readonly workflows: ExpressWorkflows;
  readonly standardWorkflows: StandardWorkflows;
  readonly stepFunctions: StepFunctionsApi;
  /**
   * Tells the event bus that the stacks have been deployed: updated, if the data knows them from an earlier start; and
   * that executions were aborted which ran when that ended. Then it waits for the executions which this has started.
   */
  deployed(stackNames: Iterable<string>): Promise<void>;
  /** Ends all executions, and what waits to be delivered. */
  close(): Promise<void>;
}

interface Surroundings {
  readonly awsCall: AwsCall;
  readonly messaging: Pick<MessagingEngine, 'call'>;
  readonly log: Log;
  /** What outlives the process; without, nothing does. */
  readonly data: KeyValues | undefined;
}

/** Where the executions are kept, an array, that run or whose end has not been told yet. */
const UNTOLD = 'executions';

/**
 * What is started by a deployment should take less than a second. If it does not, because it waits for something that
 * is wrong, the stage starts nevertheless: it may be what one starts it for.
 */
const LONGEST_WAIT_MS = 10_000;

/** @throws Error for a state machine that is not understood, naming state and field */
export function createAutomation(
  { stateMachines, eventRules }: Pick<Definitions, 'stateMachines' | 'eventRules'>,
  { awsCall, messaging, log, data }: Surroundings,
): Automation {
  const workflows = new ExpressWorkflows(awsCall, log);
  const standardWorkflows = new StandardWorkflows(awsCall, log);
  for (const [arn, { type, ...machine }] of stateMachines) {
    (type === 'EXPRESS' ? workflows : standardWorkflows).create(arn, machine);
  }
  const bus = new EventBus({ rules: eventRules, awsCall, messaging, log });
  let closing = false;
  const before = z.array(Execution).parse(JSON.parse(data?.get(UNTOLD) ?? '[]'));
  const untold = new Map(before.map((execution) => [execution.executionArn, execution]));
  const keep = () => data?.put(UNTOLD, JSON.stringify([...untold.values()]));
  const telling = new Set<Promise<void>>();
  standardWorkflows.onStatusChange((execution) => {
    untold.set(execution.executionArn, execution);
    keep();
    const told = bus.put(executionStatusChange(execution, Date.now())).then(() => {
      telling.delete(told);
      if (execution.status === 'RUNNING' || closing) return;
      untold.delete(execution.executionArn);
      keep();
    });
    telling.add(told);
  });

  const announce = async (stackName: string): Promise<void> => {
    const key = `deployed ${stackName}`;
    const isNew = data?.get(key) === undefined;
    // As the pseudo parameter AWS::StackId has it.
    const stackId = `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
    await bus.put(stackStatusChange(stackId, isNew ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE', Date.now()));
    data?.put(key, 'yes');
  };

  return {
    workflows,
    standardWorkflows,
    stepFunctions: stepFunctionsApi(workflows, standardWorkflows),
    async deployed(stackNames) {
      for (const execution of before) standardWorkflows.adopt(execution);
      const settled = Promise.all([...telling, ...[...stackNames].map(announce)]).then(async () => {
        await standardWorkflows.settled();
        return true;
      });
      const { promise: late, resolve } = Promise.withResolvers<false>();
      const timer = setTimeout(resolve, LONGEST_WAIT_MS, false);
      if (!(await Promise.race([settled, late]))) {
        log('Deployment', 'what it has started is not done yet; the stage starts nevertheless');
      }
      clearTimeout(timer);
    },
    async close() {
      closing = true;
      bus.close();
      await standardWorkflows.close();
    },
  };
}
