import type { JsonObject } from '../aws.ts';
import type { Answer, Run } from './dynalite.ts';

/** Capacity units that a caller has used of a table. */
export type Consumed = {
  readonly caller: string;
  readonly table: string;
  readUnits: number;
  writeUnits: number;
};

/** Calls an action in somebody's name. Never rejects. */
export type RunAs = (action: string, input: JsonObject, caller: string) => Promise<Answer>;

interface Capacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/** The actions that use capacity, and what they use. */
const UNITS: Readonly<Record<string, 'readUnits' | 'writeUnits'>> = {
  BatchGetItem: 'readUnits',
  BatchWriteItem: 'writeUnits',
  DeleteItem: 'writeUnits',
  GetItem: 'readUnits',
  PutItem: 'writeUnits',
  Query: 'readUnits',
  Scan: 'readUnits',
  UpdateItem: 'writeUnits',
};

/** Counts capacity units, by who used them. Writes to indexes are not among them: no table has any. */
export class Consumption {
  /** By caller, then by table. */
  readonly #consumed = new Map<string, Map<string, Consumed>>();

  /** The same actions, counted. What DynamoDB refuses is free, but for conditions that do not hold. */
  counting(run: Run): RunAs {
    return async (action, input, caller) => {
      const unit = UNITS[action];
      if (unit === undefined) return run(action, input);
      const asked = input.ReturnConsumedCapacity ?? 'NONE';
      const answer = await run(action, {
        ...input,
        ReturnConsumedCapacity: asked === 'NONE' ? 'TOTAL' : asked,
      });
      const { body, failedUnits } = answer;
      if (failedUnits !== undefined) {
        this.#add(caller, String(input.TableName), unit, failedUnits);
        return answer;
      }
      const { ConsumedCapacity } = body;
      if (ConsumedCapacity === undefined) return answer;
      const least = unit === 'writeUnits' || input.ConsistentRead === true ? 1 : 0.5;
      for (const { TableName, CapacityUnits } of [ConsumedCapacity].flat() as unknown as Capacity[]) {
        // A query that finds nothing costs as much as one that finds something small.
        this.#add(caller, TableName, unit, Math.max(least, CapacityUnits));
      }
      if (asked === 'NONE') delete body.ConsumedCapacity;
      return answer;
    };
  }

  list(): Consumed[] {
    return [...this.#consumed.values()].flatMap((tables) => [...tables.values()]);
  }

  #add(caller: string, table: string, unit: 'readUnits' | 'writeUnits', units: number): void {
    let tables = this.#consumed.get(caller);
    if (tables === undefined) {
      tables = new Map();
      this.#consumed.set(caller, tables);
    }
    let consumed = tables.get(table);
    if (consumed === undefined) {
      consumed = { caller, table, readUnits: 0, writeUnits: 0 };
      tables.set(table, consumed);
    }
    consumed[unit] += units;
  }
}
