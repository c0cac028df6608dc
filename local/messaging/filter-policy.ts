import { AwsError, type Json } from '../aws.ts';
import type { MessageAttributes } from './fauxqs.ts';

/** The type that an attribute must have for a condition to match it. */
type Compared = 'String' | 'Number' | 'any';

const OPERATORS: Record<string, Compared> = {
  prefix: 'String',
  suffix: 'String',
  'equals-ignore-case': 'String',
  wildcard: 'String',
  cidr: 'String',
  numeric: 'Number',
  exists: 'any',
};

const EXCEPT_OPERATORS = ['prefix', 'suffix', 'wildcard'];

/** What a filter policy compares: the types that its conditions need, by attribute name. */
export type FilteredTypes = ReadonlyMap<string, ReadonlySet<Compared>>;

/**
 * Reads a filter policy on message attributes, and refuses what fauxqs would read differently from SNS: `true`,
 * `false` and `null` (they match String.Array attributes), nested keys, and operators that it does not know.
 * @throws AwsError `InvalidParameter`
 */
export function readFilterPolicy(policy: string): FilteredTypes {
  const types = new Map<string, Set<Compared>>();
  const readKeys = (keys: Json, inOr: boolean): void => {
    for (const [key, conditions] of Object.entries(objectOf(keys))) {
      if (!Array.isArray(conditions)) throw invalid(`'${key}' must have a list of conditions`);
      if (key === '$or') {
        if (inOr) throw invalid("the local stage does not know '$or' inside '$or'");
        for (const group of conditions) readKeys(group, true);
        continue;
      }
      const compared = types.get(key) ?? new Set();
      for (const condition of conditions) compared.add(readCondition(key, condition));
      types.set(key, compared);
    }
  };
  readKeys(parse(policy), false);
  return types;
}

/**
 * Refuses a message whose attributes fauxqs would compare differently from SNS: lists, and numbers with texts.
 * @throws AwsError `InvalidParameter`
 */
export function checkFiltered(types: FilteredTypes, attributes: MessageAttributes): void {
  for (const [name, compared] of types) {
    const type = attributes[name]?.DataType;
    if (type === undefined || type.startsWith('Binary')) continue;
    if (type === 'String.Array') {
      throw invalid(`the local stage does not filter on the String.Array attribute '${name}'`);
    }
    for (const wanted of compared) {
      if (wanted === 'any' || type.startsWith(wanted)) continue;
      throw invalid(`it compares '${name}' as ${wanted}, and the message's attribute is a ${type}`);
    }
  }
}

function readCondition(key: string, condition: Json): Compared {
  if (typeof condition === 'string') return 'String';
  if (typeof condition === 'number') return 'Number';
  const [[operator, operand] = [], ...more] = Object.entries(objectOf(condition));
  if (operator === undefined || operand === undefined || more.length > 0) {
    throw invalid(`a condition on '${key}' must have one operator`);
  }
  if (operator === 'anything-but') return readExcept(key, operand);
  const compared = OPERATORS[operator];
  if (compared === undefined) throw invalid(`the local stage does not know the operator '${operator}'`);
  return compared;
}

function readExcept(key: string, operand: Json): Compared {
  if (typeof operand === 'string' || typeof operand === 'number') return readCondition(key, operand);
  if (Array.isArray(operand)) {
    const [first, ...others] = operand.map((value) => readExcept(key, value));
    if (first !== undefined && others.every((other) => other === first)) return first;
    throw invalid(`'anything-but' on '${key}' must list only texts or only numbers`);
  }
  const [operator] = Object.keys(objectOf(operand));
  if (operator !== undefined && EXCEPT_OPERATORS.includes(operator)) return 'String';
  throw invalid(`the local stage does not know 'anything-but' with '${operator}'`);
}

function parse(policy: string): Json {
  try {
    return JSON.parse(policy);
  } catch {
    throw invalid('it is not JSON');
  }
}

function objectOf(value: Json): Record<string, Json> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  throw invalid(`the local stage does not know ${JSON.stringify(value)} here`);
}

const invalid = (reason: string): AwsError =>
  new AwsError('InvalidParameter', `Invalid parameter: FilterPolicy: ${reason}`);
