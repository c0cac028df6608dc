import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { AppError } from '../bin/call.ts';
import { type StageAccess, withoutDoor } from '../bin/stage-access.ts';
import { isOpen, ReleaseRecord } from './record.ts';
import type { Execution } from './shifting.ts';
import { Conflict, type ReleaseRecords, type TrafficControl } from './stage.ts';
import { Traffic, UNMOVED } from './traffic.ts';

/** A laptop's network may be away for half a minute: ten attempts last that long. */
const PATIENT = { maxAttempts: 10 };

const Pointer = z.object({ releaseId: z.string() });
const Outcome = z.object({
  outcome: z.enum(['SHIFTED', 'ROLLED_BACK', 'REPAIRED']),
  reason: z.string().optional(),
});

const itemOf = (releaseId: string): string => `release#${releaseId}`;

/** Release records in the TrafficWeights table. @throws AppError if the stage has no front door */
export function releaseRecords(access: StageAccess): ReleaseRecords {
  const TableName = tableOf(access);
  const dynamoDb = new DynamoDBClient({ ...access.client('DYNAMODB'), ...PATIENT });
  const read = (id: string) => readItem(dynamoDb, TableName, id);
  const newestId = async () => Pointer.optional().parse(await read('release'))?.releaseId;
  const get = async (releaseId: string) => ReleaseRecord.optional().parse(await read(itemOf(releaseId)));
  const key = (id: string) => ({ TableName, Key: marshall({ id }) });

  return {
    get,
    newestId,
    async newest() {
      const releaseId = await newestId();
      return releaseId === undefined ? undefined : get(releaseId);
    },
    async list() {
      const newest = await newestId();
      const records: ReleaseRecord[] = [];
      const filter = {
        TableName,
        FilterExpression: 'begins_with(id, :release)',
        ExpressionAttributeValues: marshall({ ':release': itemOf('') }),
      };
      for await (const { Items = [] } of paginateScan({ client: dynamoDb }, filter)) {
        records.push(...Items.map((item) => ReleaseRecord.parse(unmarshall(item))));
      }
      return (
        records
          // One that is open and not the newest was never begun: another one was opened first, or its process was killed.
          .filter((record) => !isOpen(record) || record.releaseId === newest)
          .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
      );
    },
    async open(record, after) {
      const { releaseId } = record;
      await dynamoDb.send(
        new PutItemCommand({ TableName, Item: marshall({ id: itemOf(releaseId), ...record }) }),
      );
      // Who loses leaves a record behind that nothing names; so does who is killed here. No list shows it.
      await orConflict(
        dynamoDb.send(
          new UpdateItemCommand({
            ...key('release'),
            UpdateExpression: 'SET releaseId = :id',
            // It may meet its own write: the SDK repeats one whose answer was lost.
            ConditionExpression: `releaseId = :id OR ${after === undefined ? 'attribute_not_exists(releaseId)' : 'releaseId = :after'}`,
            ExpressionAttributeValues: marshall({
              ':id': releaseId,
              ...(after === undefined ? {} : { ':after': after }),
            }),
          }),
        ),
      );
    },
    async change(releaseId, { step, ...changes }, { states, runner }) {
      const set = Object.entries(changes);
      const stateNames = states.map((_, index) => `:state${index}`);
      await orConflict(
        dynamoDb.send(
          new UpdateItemCommand({
            ...key(itemOf(releaseId)),
            UpdateExpression: `SET ${[
              ...set.map(([name]) => `#${name} = :${name}`),
              ...(step === undefined ? [] : ['#steps = list_append(#steps, :step)']),
            ].join(', ')}`,
            ConditionExpression: [
              `#state IN (${stateNames.join(', ')})`,
              ...(runner === undefined ? [] : ['#runner = :runner']),
            ].join(' AND '),
            ExpressionAttributeNames: {
              '#state': 'state',
              ...(runner === undefined ? {} : { '#runner': 'runner' }),
              ...(step === undefined ? {} : { '#steps': 'steps' }),
              ...Object.fromEntries(set.map(([name]) => [`#${name}`, name])),
            },
            ExpressionAttributeValues: marshall({
              ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
              ...Object.fromEntries(states.map((state, index) => [`:state${index}`, state])),
              ...(runner === undefined ? {} : { ':runner': runner }),
              ...(step === undefined ? {} : { ':step': [step] }),
            }),
          }),
        ),
      );
    },
    async take(releaseId, runner, now, until) {
      try {
        await orConflict(
          dynamoDb.send(
            new UpdateItemCommand({
              ...key(itemOf(releaseId)),
              UpdateExpression: 'SET runner = :runner, runnerUntil = :until',
              ConditionExpression:
                'attribute_exists(id) AND (attribute_not_exists(runner) OR runner = :runner OR runnerUntil < :now)',
              ExpressionAttributeValues: marshall({
                ':runner': runner,
                ':until': until.toISOString(),
                ':now': now.toISOString(),
              }),
            }),
          ),
        );
        return true;
      } catch (error) {
        if (error instanceof Conflict) return false;
        throw error;
      }
    },
    async letGo(releaseId, runner) {
      await orConflict(
        dynamoDb.send(
          new UpdateItemCommand({
            ...key(itemOf(releaseId)),
            UpdateExpression: 'REMOVE runner, runnerUntil',
            ConditionExpression: 'runner = :runner',
            ExpressionAttributeValues: marshall({ ':runner': runner }),
          }),
        ),
      ).catch(ignoreConflict);
    },
  };
}

/** The table, the door and the shifting workflow. @throws AppError if the stage has no front door */
export function trafficControl(access: StageAccess): TrafficControl {
  const TableName = tableOf(access);
  const stateMachineArn = access.output('ShiftingArn');
  const dynamoDb = new DynamoDBClient({ ...access.client('DYNAMODB'), ...PATIENT });
  const sfn = new SFNClient({ ...access.client('SFN'), ...PATIENT });
  const executionArn = (name: string) =>
    `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

  return {
    where: access.where,
    traffic: async () => Traffic.default(UNMOVED).parse(await readItem(dynamoDb, TableName, 'traffic')),
    async door() {
      const elb = new ElasticLoadBalancingV2Client({
        ...access.client('ELASTIC_LOAD_BALANCING_V2'),
        ...PATIENT,
      });
      const { Rules = [] } = await elb.send(
        new DescribeRulesCommand({ RuleArns: [access.output('WeightsRuleArn')] }),
      );
      elb.destroy();
      const groups = Rules[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
      const blue = groups.find(
        ({ TargetGroupArn }) => TargetGroupArn === access.output('BlueTargetGroupArn'),
      );
      if (blue?.Weight === undefined) throw new AppError('The door does not send requests to blue and green');
      return blue.Weight;
    },
    async wish(arn, reason) {
      try {
        await orConflict(
          dynamoDb.send(
            new UpdateItemCommand({
              TableName,
              Key: marshall({ id: 'traffic' }),
              UpdateExpression: 'SET #rollback = :reason',
              ConditionExpression: 'holder = :arn',
              ExpressionAttributeNames: { '#rollback': 'rollback' },
              ExpressionAttributeValues: marshall({ ':reason': reason, ':arn': arn }),
            }),
          ),
        );
        return true;
      } catch (error) {
        if (error instanceof Conflict) return false;
        throw error;
      }
    },
    async start(name, input) {
      try {
        await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
      return executionArn(name);
    },
    executionArn,
    async execution(arn): Promise<Execution | undefined> {
      try {
        const { status, output, error, cause } = await sfn.send(
          new DescribeExecutionCommand({ executionArn: arn }),
        );
        if (status === 'SUCCEEDED') {
          const { outcome, reason } = Outcome.parse(JSON.parse(output ?? ''));
          return { arn, status, outcome, ...(reason === undefined ? {} : { reason }) };
        }
        const reason = [error, cause].filter((part) => part !== undefined && part !== '').join(': ');
        const abnormal = status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED';
        return {
          arn,
          // PENDING_REDRIVE goes on by itself.
          status: abnormal ? status : 'RUNNING',
          ...(abnormal && reason !== '' ? { reason } : {}),
        };
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },
  };
}

/** By an output that stages have with a front door only. */
function tableOf(access: StageAccess): string {
  if (!access.has('ShiftingArn')) throw withoutDoor();
  return access.output('TrafficWeightsTable');
}

async function readItem(
  dynamoDb: DynamoDBClient,
  TableName: string,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({ TableName, Key: marshall({ id }), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : unmarshall(Item);
}

const orConflict = <Result>(write: Promise<Result>): Promise<Result> =>
  write.catch((error: unknown) => {
    if (error instanceof ConditionalCheckFailedException) {
      throw new Conflict('The item was changed meanwhile', { cause: error });
    }
    throw error;
  });

const ignoreConflict = (error: unknown): void => {
  if (!(error instanceof Conflict)) throw error;
};
