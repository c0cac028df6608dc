import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { Json, JsonObject } from '../aws.ts';

/** DynamoDB's answer, as over HTTP. */
export interface Answer {
  readonly statusCode: number;
  readonly body: JsonObject;
}

/** What dynalite throws and hands to its callbacks; without `statusCode` it is a fault of its own. */
interface DynaliteError extends Error {
  statusCode?: number;
  body?: JsonObject;
}

type Store = { readonly opaque: unique symbol };
type Action = (
  store: Store,
  data: JsonObject,
  done: (error: DynaliteError | null, body: JsonObject) => void,
) => void;

interface ActionChecks {
  types: Record<string, Json>;
  custom: unknown;
}

interface Db {
  create(options: object): Store;
  checkConditional(data: JsonObject, item: JsonObject | undefined): DynaliteError | null | undefined;
}

interface Validations {
  checkTypes(data: JsonObject, types: ActionChecks['types']): JsonObject;
  checkValidations(data: JsonObject, types: ActionChecks['types'], custom: unknown, store: Store): void;
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

const CONDITIONAL_ACTIONS = ['putItem', 'updateItem', 'deleteItem'];

const ERROR_PREFIX = 'com.amazonaws.dynamodb.v20120810#';

const require = createRequire(import.meta.url);

export interface Dynalite {
  /** For the SDK inside functions. */
  readonly server: Server;
  /** The same database without HTTP, which costs more than the database does. Never rejects. */
  run(action: string, input: JsonObject): Promise<Answer>;
}

/**
 * A dynalite server, and its actions by another way than HTTP: they are files of its package (checked with
 * 4.0.0), not its interface. Account and region come from AWS_ACCOUNT_ID and AWS_REGION.
 */
export function createDynalite(): Dynalite {
  const db: Db = require('dynalite/db');
  const create = db.create;
  let store: Store | undefined;
  db.create = (options) => {
    store = create(options);
    return store;
  };
  returnItemOnFailedCondition(db);

  const server: Server = require('dynalite')({ createTableMs: 0, deleteTableMs: 0 });
  // dynalite rethrows the errors of requests: a function that is ended in the middle of one would end the
  // database. Our listener comes second, and takes its place.
  server.on('request', (request) => {
    request.removeAllListeners('error');
    request.on('error', () => undefined);
  });
  // Never, so that no client is cut off between two requests.
  server.keepAliveTimeout = 0;

  const validations: Validations = require('dynalite/validations');
  const actions = new Map(
    ACTIONS.map((name) => {
      const file = name.charAt(0).toLowerCase() + name.slice(1);
      const action: Action = require(`dynalite/actions/${file}`);
      const checks: ActionChecks = require(`dynalite/validations/${file}`);
      return [name, { action, checks }];
    }),
  );

  return {
    server,
    run(name, input) {
      const known = actions.get(name);
      if (known === undefined || store === undefined) {
        return Promise.resolve(refusal(`The local stage's DynamoDB does not know the action ${name}`));
      }
      const { action, checks } = known;
      const { promise, resolve } = Promise.withResolvers<Answer>();
      try {
        const data = validations.checkTypes(input, checks.types);
        validations.checkValidations(data, checks.types, checks.custom, store);
        action(store, data, (error, body) => resolve(error ? errorAnswer(error) : { statusCode: 200, body }));
      } catch (error) {
        resolve(errorAnswer(error as DynaliteError));
      }
      return promise;
    },
  };
}

/** Adds ReturnValuesOnConditionCheckFailure, which dynalite ignores. */
function returnItemOnFailedCondition(db: Db): void {
  for (const action of CONDITIONAL_ACTIONS) {
    const { types }: ActionChecks = require(`dynalite/validations/${action}`);
    types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] };
  }
  const checkConditional = db.checkConditional;
  db.checkConditional = (data, item) => {
    const error = checkConditional(data, item);
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

const errorAnswer = ({ statusCode, body, stack }: DynaliteError): Answer =>
  statusCode === undefined || body === undefined
    ? { statusCode: 500, body: { __type: `${ERROR_PREFIX}InternalServerError`, message: stack ?? '' } }
    : { statusCode, body };
