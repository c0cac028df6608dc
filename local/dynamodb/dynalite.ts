import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../aws.ts';
import { openDatabase } from '../storage/database.ts';
import { keyValuesIn } from './key-values.ts';
import { type Parser, parseOnce } from './parse-once.ts';
import { type ParameterType, plainInput } from './plain-input.ts';
import { addShortcuts, type Shared } from './shortcuts.ts';
import { createParts, type Parts } from './store.ts';

/** DynamoDB's answer, as over HTTP. */
export interface Answer {
  readonly statusCode: number;
  readonly body: JsonObject;
  /** Capacity units that a write has cost whose condition did not hold. */
  readonly failedUnits?: number;
}

/** What dynalite throws and hands to its callbacks; without `statusCode` it is a fault of its own. */
interface DynaliteError extends Error {
  statusCode?: number;
  body?: JsonObject;
  /** Ours, see `Answer`. */
  failedUnits?: number;
}

type Action = (
  store: Parts,
  data: JsonObject,
  done: (error: DynaliteError | null, body: JsonObject) => void,
) => void;

interface ActionChecks {
  types: Record<string, ParameterType>;
  /** @returns what is wrong */
  custom?(data: JsonObject, store: Parts): string | undefined;
}

interface Db extends Shared {
  create(options: object): Parts;
  validationError(message: string): DynaliteError;
  checkConditional(data: JsonObject, item: JsonObject | undefined): DynaliteError | null | undefined;
  capacityUnits(item: JsonObject | undefined, isRead: boolean): number;
}

interface Validations {
  checkTypes(data: JsonObject, types: ActionChecks['types']): JsonObject;
  checkValidations(
    data: JsonObject,
    types: ActionChecks['types'],
    custom: ActionChecks['custom'],
    store: Parts,
  ): void;
}

const ACTIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
];

const PARSERS = ['conditionParser', 'projectionParser', 'updateParser'];

const CONDITIONAL_ACTIONS = ['putItem', 'updateItem', 'deleteItem'];

/** Of the names of errors, in answers over HTTP. */
export const ERROR_PREFIX = 'com.amazonaws.dynamodb.v20120810#';

const require = createRequire(import.meta.url);

/** Calls an action of the database. Never rejects. */
export type Run = (action: string, input: JsonObject) => Promise<Answer>;

/**
 * dynalite's database without its HTTP server, which costs more than the database does: its actions are files of its
 * package (checked with 4.0.0), not its interface. Account and region come from AWS_ACCOUNT_ID and AWS_REGION.
 *
 * It keeps a store of ours (`store.ts`), and passes by those of dynalite's checks that nothing can come of
 * (`plain-input.ts`): both took longer than the actions. On disk, a write is with the operating system before it is
 * answered, so no kill takes it back.
 * @param path its file; without, all is in memory
 * @throws Error if the file cannot be opened
 */
export async function createDynalite(path?: string): Promise<Run> {
  const db: Db = require('dynalite/db');
  addShortcuts(db);
  completeFailedConditions(db);
  for (const name of PARSERS) parseOnce(require(`dynalite/db/${name}`) as Parser);
  const store = db.create({ createTableMs: 0, deleteTableMs: 0 });
  const database = path === undefined ? new DatabaseSync(':memory:') : openDatabase(path);
  Object.assign(store, createParts(keyValuesIn(database), store.tableDb));
  await dropHalfTables(store.tableDb);

  const validations: Validations = require('dynalite/validations');
  const actions = new Map(
    ACTIONS.map((name) => {
      const file = name.charAt(0).toLowerCase() + name.slice(1);
      const action: Action = require(`dynalite/actions/${file}`);
      const checks: ActionChecks = require(`dynalite/validations/${file}`);
      return [name, { action, checks, plain: plainInput(checks.types) }];
    }),
  );

  return (name, input) => {
    const known = actions.get(name);
    if (known === undefined) {
      return Promise.resolve(refusal(`The local stage's DynamoDB does not know the action ${name}`));
    }
    const { action, checks, plain } = known;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    try {
      let data = plain(input);
      if (data === undefined) {
        data = validations.checkTypes(input, checks.types);
        validations.checkValidations(data, checks.types, checks.custom, store);
      } else {
        const wrong = checks.custom?.(data, store);
        if (wrong) throw db.validationError(wrong);
      }
      action(store, data, (error, body) => resolve(error ? errorAnswer(error) : { statusCode: 200, body }));
    } catch (error) {
      resolve(errorAnswer(error as DynaliteError));
    }
    return promise;
  };
}

/** dynalite makes a new table ACTIVE in a second write. What was killed before it would never become ACTIVE. */
async function dropHalfTables(tableDb: Parts['tableDb']): Promise<void> {
  for await (const { TableName, TableStatus } of tableDb.createValueStream({})) {
    if (TableStatus !== 'CREATING') continue;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    tableDb.del(String(TableName), (error) => (error === null ? resolve() : reject(error)));
    await promise;
  }
}

/** Adds ReturnValuesOnConditionCheckFailure, which dynalite ignores, and the capacity that failures use. */
function completeFailedConditions(db: Db): void {
  for (const action of CONDITIONAL_ACTIONS) {
    const { types }: ActionChecks = require(`dynalite/validations/${action}`);
    types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] };
  }
  const checkConditional = db.checkConditional;
  db.checkConditional = (data, item) => {
    const error = checkConditional(data, item);
    if (error?.body && String(error.body.__type).endsWith('#ConditionalCheckFailedException')) {
      // Of what stands there and what would have stood there, the larger is billed.
      const { Item } = data as { Item?: JsonObject };
      error.failedUnits = Math.max(db.capacityUnits(item, false), db.capacityUnits(Item, false));
    }
    if (error?.body && item !== undefined && data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') {
      error.body.Item = item;
    }
    return error;
  };
}

const refusal = (message: string): Answer => ({
  statusCode: 400,
  body: { __type: `${ERROR_PREFIX}UnknownOperationException`, message },
});

/** V8 puts an error's stack into words when it is first read: conditions that do not hold are too many for that. */
const errorAnswer = (error: DynaliteError): Answer => {
  const { statusCode, body, failedUnits } = error;
  if (statusCode === undefined || body === undefined) {
    const message = error.stack ?? '';
    return { statusCode: 500, body: { __type: `${ERROR_PREFIX}InternalServerError`, message } };
  }
  return { statusCode, body, ...(failedUnits === undefined ? {} : { failedUnits }) };
};
