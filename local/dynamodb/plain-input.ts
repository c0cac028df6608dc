import type { Json, JsonObject } from '../aws.ts';

/** A parameter, as dynalite describes it: its type's name alone, or with what its values keep to. */
export type ParameterType =
  | string
  | {
      readonly type?: string;
      readonly children?: unknown;
      readonly notNull?: boolean;
      readonly enum?: readonly string[];
      readonly regex?: string;
      readonly lengthGreaterThanOrEqual?: number;
      readonly lengthLessThanOrEqual?: number;
    };

/** @returns a copy, or undefined if anything may be wrong */
type Copy = (value: Json) => Json | undefined;

/**
 * Reads an action's input as dynalite's `checkTypes` and the general part of its `checkValidations` do, which take
 * longer than all the rest, as far as nothing can be wrong with it. Whatever is unusual is left to them: they know
 * how DynamoDB puts errors.
 * @param types of the action's parameters
 * @returns what makes a checked copy of an input, or undefined if dynalite has to look at it
 */
export function plainInput(
  types: Readonly<Record<string, ParameterType>>,
): (input: JsonObject) => JsonObject | undefined {
  const parameters = Object.entries(types).map(([name, type]) => {
    const isRequired = typeof type === 'object' && type.notNull === true;
    return { name, isRequired, copy: copyOf(type) };
  });
  // What else there is to check, we do not know.
  if (Object.values(types).some(isUnknown)) return () => undefined;

  return (input) => {
    const data: JsonObject = {};
    for (const { name, isRequired, copy } of parameters) {
      const value = input[name];
      if (value === undefined) {
        if (isRequired) return undefined;
        continue;
      }
      const copied = copy?.(value);
      if (copied === undefined) return undefined;
      data[name] = copied;
    }
    return data;
  };
}

const KNOWN = [
  'type',
  'children',
  'notNull',
  'enum',
  'regex',
  'lengthGreaterThanOrEqual',
  'lengthLessThanOrEqual',
  'keys',
  'values',
];

const isUnknown = (type: ParameterType): boolean =>
  typeof type === 'object' && Object.keys(type).some((key) => !KNOWN.includes(key));

const WRITE_REQUESTS = 'Map<java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>';

function copyOf(type: ParameterType): Copy | undefined {
  switch (typeof type === 'string' ? type : type.type) {
    case 'String':
      return typeof type === 'string' ? copyText : copyTextThat(type);
    case 'Boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined);
    case 'Map<AttributeValue>':
      return copyAttributes;
    case 'Map<java.lang.String>':
      return (value) => copyMap(value, copyText);
    case WRITE_REQUESTS:
      return (value) => copyWriteRequests(value);
    default:
      return undefined;
  }
}

const copyText: Copy = (value) => (typeof value === 'string' ? value : undefined);

function copyTextThat(constraints: Exclude<ParameterType, string>): Copy {
  const { lengthGreaterThanOrEqual: least = 0, lengthLessThanOrEqual: most = Infinity } = constraints;
  const pattern = constraints.regex === undefined ? undefined : new RegExp(`^${constraints.regex}$`);
  return (value) => {
    const isRight =
      typeof value === 'string' &&
      value.length >= least &&
      value.length <= most &&
      pattern?.test(value) !== false &&
      constraints.enum?.includes(value) !== false;
    return isRight ? value : undefined;
  };
}

const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function copyMap(value: Json, copy: Copy): JsonObject | undefined {
  if (!isMap(value)) return undefined;
  const all: JsonObject = {};
  for (const key in value) {
    const copied = copy(value[key] as Json);
    if (copied === undefined) return undefined;
    all[key] = copied;
  }
  return all;
}

function copyList(value: Json, copy: Copy): Json[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const all: Json[] = [];
  for (const element of value) {
    const copied = copy(element);
    if (copied === undefined) return undefined;
    all.push(copied);
  }
  return all;
}

const copyAttributes: Copy = (value) => copyMap(value, copyAttribute);

function copyAttribute(value: Json): JsonObject | undefined {
  if (!isMap(value)) return undefined;
  let type: string | undefined;
  for (const key in value) {
    if (type !== undefined) return undefined;
    type = key;
  }
  if (type === undefined) return undefined;
  const inner = value[type] as Json;
  switch (type) {
    case 'S':
      return typeof inner === 'string' ? { S: inner } : undefined;
    case 'N':
      return typeof inner === 'string' ? { N: inner } : undefined;
    case 'BOOL':
      return typeof inner === 'boolean' ? { BOOL: inner } : undefined;
    case 'NULL':
      return typeof inner === 'boolean' ? { NULL: inner } : undefined;
    case 'M':
      return wrapped('M', copyAttributes(inner));
    case 'L':
      return wrapped('L', copyList(inner, copyAttribute));
    case 'SS':
    case 'NS':
      return wrapped(type, copyList(inner, copyText));
    // Of bytes, dynalite looks at the base64.
    default:
      return undefined;
  }
}

const wrapped = (type: string, value: Json | undefined): JsonObject | undefined =>
  value === undefined ? undefined : { [type]: value };

const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const BATCH_LIMIT = 25;

function copyWriteRequests(value: Json): JsonObject | undefined {
  if (!isMap(value)) return undefined;
  const tables = Object.entries(value);
  const isRight =
    tables.length > 0 &&
    tables.every(
      ([name, requests]) =>
        TABLE_NAME.test(name) &&
        Array.isArray(requests) &&
        requests.length > 0 &&
        requests.length <= BATCH_LIMIT,
    );
  return isRight ? copyMap(value, (requests) => copyList(requests, copyWriteRequest)) : undefined;
}

function copyWriteRequest(value: Json): JsonObject | undefined {
  if (!isMap(value) || Object.keys(value).length !== 1) return undefined;
  const { PutRequest, DeleteRequest } = value;
  if (isMap(PutRequest)) return onlyAttributes(PutRequest, 'Item', 'PutRequest');
  return isMap(DeleteRequest) ? onlyAttributes(DeleteRequest, 'Key', 'DeleteRequest') : undefined;
}

function onlyAttributes(request: JsonObject, name: string, kind: string): JsonObject | undefined {
  const attributes = copyAttributes(request[name] as Json);
  return attributes === undefined ? undefined : { [kind]: { [name]: attributes } };
}
