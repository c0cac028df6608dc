import * as z from 'zod';
import { type AwsCall, AwsError, type JsonObject } from '../../local/aws.ts';

const Update = z.object({
  Key: z.object({ id: z.object({ S: z.string() }) }),
  UpdateExpression: z.string(),
  ConditionExpression: z.string().optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: z.record(z.string(), z.record(z.string(), z.json())).default({}),
});
type Update = z.infer<typeof Update>;
type Value = Update['ExpressionAttributeValues'][string];
type Item = Record<string, Value>;

const Turn = z.object({
  Actions: z.tuple([
    z.object({
      Type: z.literal('forward'),
      ForwardConfig: z.object({
        TargetGroups: z.tuple([
          z.object({ TargetGroupArn: z.string(), Weight: z.int().min(0).max(100) }),
          z.object({ TargetGroupArn: z.string(), Weight: z.int().min(0).max(100) }),
        ]),
      }),
    }),
  ]),
});

/**
 * The weights table, the door and the alarms, in memory, for thousands of runs: it knows the expressions of the
 * shifting workflow and no others. That DynamoDB says the same of them is tested beside it.
 */
export class FakeTraffic {
  readonly items = new Map<string, Item>();
  /** Percent that the door sends to blue; nobody has turned it yet. */
  door = 100;
  /** Names of the alarms that are on, and of those that do not exist. */
  readonly on = new Set<string>();
  readonly missing = new Set<string>();
  /** Executions that run. */
  readonly running = new Set<string>();

  readonly call: AwsCall = async ({ service, action, input }) => {
    switch (`${service}:${action}`) {
      case 'dynamodb:UpdateItem':
        return this.#update(Update.parse(input));
      case 'dynamodb:GetItem':
        return this.#get(z.object({ Key: Update.shape.Key }).parse(input).Key.id.S);
      case 'elasticloadbalancing:ModifyRule':
        return this.#turn(input);
      case 'cloudwatch:DescribeAlarms':
        return this.#describe(z.array(z.string()).parse(input.AlarmNames));
      case 'states:DescribeExecution':
        return this.#describeExecution(String(input.executionArn));
      default:
        throw new Error(`The workflow does not call ${service}:${action}`);
    }
  };

  /** The item as the code reads it: numbers and texts, without their types. */
  read(id = 'traffic'): Record<string, unknown> | undefined {
    const item = this.items.get(id);
    return item && Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
  }

  /** Somebody’s wish, as a tool writes it. @returns false if nobody holds */
  wish(reason: string): boolean {
    const item = this.items.get('traffic');
    if (item?.holder === undefined) return false;
    this.items.set('traffic', { ...item, rollback: { S: reason } });
    return true;
  }

  #get(id: string): JsonObject {
    const item = this.items.get(id);
    return item === undefined ? {} : { Item: structuredClone(item) };
  }

  #turn(input: JsonObject): JsonObject {
    const [{ ForwardConfig }] = Turn.parse(input).Actions;
    const [blue, green] = ForwardConfig.TargetGroups;
    if (!/blue/.test(blue.TargetGroupArn) || !/green/.test(green.TargetGroupArn)) throw new Error('Swapped');
    if (blue.Weight + green.Weight !== 100) throw new Error('The weights are no percentages');
    this.door = blue.Weight;
    return { Rules: [] };
  }

  #describe(names: readonly string[]): JsonObject {
    const there = names.filter((name) => !this.missing.has(name));
    return {
      CompositeAlarms: [],
      MetricAlarms: there.map((AlarmName) => ({
        AlarmName,
        StateValue: this.on.has(AlarmName) ? 'ALARM' : 'OK',
      })),
    };
  }

  /** Those that have ended long ago are not known any more. */
  #describeExecution(executionArn: string): JsonObject {
    if (executionArn === 'forgotten') throw new AwsError('ExecutionDoesNotExist', 'Execution Does Not Exist');
    return { executionArn, status: this.running.has(executionArn) ? 'RUNNING' : 'ABORTED' };
  }

  #update(update: Update): JsonObject {
    const id = update.Key.id.S;
    const before: Item = this.items.get(id) ?? {};
    const nameOf = (name: string) => update.ExpressionAttributeNames[name] ?? name;
    if (!holds(update.ConditionExpression, (name) => before[nameOf(name)], update)) {
      throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed');
    }
    const after: Item = { ...before, id: { S: id } };
    const [verb, changes = ''] = update.UpdateExpression.split(/ (.*)/);
    // Within functions, only values stand behind commas.
    for (const change of changes.split(/, (?=[#\w])/)) {
      if (verb === 'REMOVE') {
        delete after[nameOf(change)];
        continue;
      }
      const [name = '', expression = ''] = change.split(/ = (.*)/);
      after[nameOf(name)] = evaluated(expression, (other) => before[nameOf(other)], update);
    }
    this.items.set(id, after);
    return { Attributes: structuredClone(after) };
  }
}

type Look = (name: string) => Value | undefined;

function holds(condition: string | undefined, look: Look, { ExpressionAttributeValues }: Update): boolean {
  if (condition === undefined) return true;
  return condition.split(' OR ').some((every) =>
    every.split(' AND ').every((atom) => {
      const [, exists, name = ''] = /^(attribute_exists|attribute_not_exists)\((\S+)\)$/.exec(atom) ?? [];
      if (exists !== undefined) return (look(name) !== undefined) === (exists === 'attribute_exists');
      const [left = '', right = ''] = atom.split(' = ');
      const [found, wanted] = [look(left), ExpressionAttributeValues[right]];
      if (wanted === undefined) throw new Error(`Not understood: ${condition}`);
      return JSON.stringify(found) === JSON.stringify(wanted);
    }),
  );
}

function evaluated(expression: string, look: Look, update: Update): Value {
  const given = update.ExpressionAttributeValues[expression];
  if (given !== undefined) return given;
  const [, name = '', otherwise = ''] = /^if_not_exists\((\S+), (:\w+)\)$/.exec(expression) ?? [];
  if (name !== '') return look(name) ?? evaluated(otherwise, look, update);
  const [, first = '', second = ''] = /^list_append\((.+), (:\w+)\)$/.exec(expression) ?? [];
  if (first !== '') {
    const lists = [first, second].map((list) => z.array(z.json()).parse(evaluated(list, look, update).L));
    return { L: lists.flat() };
  }
  const [, counter = '', more = ''] = /^(\w+) \+ (:\w+)$/.exec(expression) ?? [];
  const [count, step] = [look(counter)?.N, update.ExpressionAttributeValues[more]?.N];
  if (count === undefined || step === undefined) throw new Error(`Not understood: ${expression}`);
  return { N: String(Number(count) + Number(step)) };
}

/** `{"N":"1"}` → 1 */
function plain({ S, N, L, M }: Value): unknown {
  if (N !== undefined) return Number(N);
  if (L !== undefined) return z.array(z.record(z.string(), z.json())).parse(L).map(plain);
  if (M === undefined) return S;
  const members = z.record(z.string(), z.record(z.string(), z.json())).parse(M);
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, plain(value)]));
}
