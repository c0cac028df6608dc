import { vi } from 'vitest';
import * as z from 'zod';
import { AwsError, type JsonObject } from '../../local/aws.ts';
import { createDynalite } from '../../local/dynamodb/dynalite.ts';
import { inNoTime } from './clock.ts';
import { tables } from './wiring.ts';

/** Calls DynamoDB. @throws AwsError as it answers */
export type Database = (action: string, input: JsonObject) => Promise<JsonObject>;

/** The tables of the stage on dynalite, in this process: conditions are evaluated as they are written. */
export async function openDatabase(): Promise<Database> {
  vi.stubEnv('AWS_ACCOUNT_ID', '000000000000');
  const run = await createDynalite();
  const call: Database = async (action, input) => {
    const { statusCode, body } = await inNoTime(run(action, withTableNames(input)));
    if (statusCode === 200) return withPaths(body);
    throw new AwsError(String(body.__type).replace(/^.*#/, ''), String(body.message), statusCode);
  };
  const Active = z.object({ Table: z.object({ TableStatus: z.literal('ACTIVE') }) });
  for (const { path, keys } of tables) {
    await call('CreateTable', { TableName: path, ...keys, BillingMode: 'PAY_PER_REQUEST' });
    await vi.waitFor(async () => Active.parse(await call('DescribeTable', { TableName: path })));
  }
  return call;
}

/** DynamoDB takes no slashes in names. */
const tableName = (path: string): string => path.replaceAll('/', '.');
const pathOf = (name: string): string => name.replaceAll('.', '/');

function withTableNames(input: JsonObject): JsonObject {
  const { TableName, RequestItems } = input;
  if (typeof TableName === 'string') return { ...input, TableName: tableName(TableName) };
  const items = Object.entries(z.record(z.string(), z.json()).parse(RequestItems));
  return { ...input, RequestItems: Object.fromEntries(items.map(([name, item]) => [tableName(name), item])) };
}

/** What a batch has read is told by table. */
function withPaths(body: JsonObject): JsonObject {
  if (body.Responses === undefined) return body;
  const items = Object.entries(z.record(z.string(), z.json()).parse(body.Responses));
  return { ...body, Responses: Object.fromEntries(items.map(([name, item]) => [pathOf(name), item])) };
}
