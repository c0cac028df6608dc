import { hash } from 'node:crypto';
import type { Json, JsonObject } from '../aws.ts';
import type { Done } from './key-values.ts';

interface KeyElement {
  readonly AttributeName: string;
}

interface Description {
  readonly KeySchema: readonly KeyElement[];
  readonly AttributeDefinitions: readonly (KeyElement & { readonly AttributeType: string })[];
  readonly GlobalSecondaryIndexes?: unknown;
  readonly LocalSecondaryIndexes?: unknown;
}

type Item = JsonObject | undefined;

/** Functions that dynalite's actions share. */
export interface Shared {
  itemSize(item: JsonObject, compress?: boolean, addMetaSize?: boolean, rangeKey?: string): number;
  createKey(item: JsonObject, table: Description, keySchema?: readonly KeyElement[]): string;
  updateIndexes(store: unknown, table: Description, oldItem: Item, newItem: Item, done: Done): void;
  addConsumedCapacity(
    data: JsonObject,
    isRead: boolean,
    newItem: Item,
    oldItem?: Item,
  ): JsonObject | undefined;
}

/** Gives dynalite quicker ways to the same results, for what most items and tables are like. */
export function addShortcuts(db: Shared): void {
  const { itemSize, createKey, updateIndexes, addConsumedCapacity } = db;

  db.itemSize = (item, compress, addMetaSize, rangeKey) => {
    if (compress || addMetaSize) return itemSize(item, compress, addMetaSize, rangeKey);
    let size = 0;
    for (const name of Object.keys(item)) {
      const value = item[name] as JsonObject;
      size += plainSize(name, value) ?? itemSize({ [name]: value });
    }
    return size;
  };

  db.createKey = (item, table, keySchema = table.KeySchema) => {
    let key: string | undefined;
    for (const { AttributeName } of keySchema) {
      const definition = table.AttributeDefinitions.find((one) => one.AttributeName === AttributeName);
      const text = (item[AttributeName] as JsonObject | undefined)?.S;
      if (definition?.AttributeType !== 'S' || typeof text !== 'string') {
        return createKey(item, table, keySchema);
      }
      key ??= `${hash('md5', `Outliers${text}`, 'hex').slice(0, 6)}/`;
      key += `${Buffer.from(text).toString('hex')}/`;
    }
    return key as string;
  };

  db.updateIndexes = (store, table, oldItem, newItem, done) => {
    if (table.GlobalSecondaryIndexes === undefined && table.LocalSecondaryIndexes === undefined) done(null);
    else updateIndexes(store, table, oldItem, newItem, done);
  };

  db.addConsumedCapacity = (data, isRead, newItem, oldItem) => {
    if (data.ReturnConsumedCapacity !== 'TOTAL') return addConsumedCapacity(data, isRead, newItem, oldItem);
    const unit = isRead ? 4096 : 1024;
    const unitsOf = (item: Item): number => (item ? Math.ceil(db.itemSize(item) / unit) : 1);
    const units = Math.max(unitsOf(newItem), oldItem ? unitsOf(oldItem) : 0);
    const share = isRead && data.ConsistentRead !== true ? 2 : 1;
    return { CapacityUnits: units / share, TableName: data.TableName as Json };
  };
}

/** As dynalite writes it after a request, without zeros before it. */
const WHOLE_NUMBER = /^-?[1-9]\d*$/;
const ZERO = 48;

/** @returns what an attribute takes, or undefined for types that are rare */
function plainSize(name: string, { S: text, N: number }: JsonObject): number | undefined {
  if (typeof text === 'string') return name.length + text.length;
  if (typeof number !== 'string' || !WHOLE_NUMBER.test(number)) return undefined;
  const sign = number.startsWith('-') ? 1 : 0;
  let end = number.length;
  while (number.charCodeAt(end - 1) === ZERO) end -= 1;
  const digits = end - sign;
  const exponent = number.length - sign - 1;
  // Two digits take a byte, in pairs from the point on.
  const split = digits % 2 === 1 || exponent % 2 === 1 ? 0 : 1;
  return name.length + 1 + Math.ceil(digits / 2) + split + sign;
}
