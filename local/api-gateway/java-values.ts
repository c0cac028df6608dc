import { TemplateError } from './template-error.ts';

/**
 * What a template handles: JSON as parsed, and what Java methods return. A missing value, and a JSON null that a
 * reference arrives at, is the empty string, as API Gateway has it: it prints nothing and `== ""` is true of it
 * (recorded from AWS in localstack's snapshot of `$input.path`).
 */
export type Value = string | number | boolean | Value[] | ValueMap | MapEntry | null;
export interface ValueMap {
  [key: string]: Value;
}

/** A list that Java made, not JSON: it prints as Java prints lists. */
export class JavaList extends Array<Value> {}

/** `Map.Entry`. */
export class MapEntry {
  readonly key: string;
  readonly value: Value;

  constructor(key: string, value: Value) {
    this.key = key;
    this.value = value;
  }
}

export function isMap(value: Value): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof MapEntry);
}

export function present(value: Value | undefined): Value {
  return value ?? '';
}

/** A user's key may be `__proto__`; a plain assignment would set the prototype. */
export function setKey(map: ValueMap, key: string, value: Value): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

export function typeName(value: Value): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (value instanceof MapEntry) return 'map entry';
  return typeof value === 'object' ? 'map' : typeof value;
}

/** Properties that Java finds by itself on a string or a list (`isEmpty()`, `getClass()` …). */
const JAVA_BEAN_PROPERTIES = new Set(['blank', 'bytes', 'class', 'declaringClass', 'empty', 'first', 'last']);

/** `$value.name`. @throws TemplateError for a property that Java would find and this does not */
export function getProperty(value: Value, name: string): Value {
  if (value instanceof MapEntry) {
    if (name === 'key') return value.key;
    if (name === 'value') return present(value.value);
    throw new TemplateError(`a map entry has no .${name}`);
  }
  if (name === 'class') throw new TemplateError('.class is not supported');
  if (isMap(value)) return present(Object.hasOwn(value, name) ? value[name] : undefined);
  if (JAVA_BEAN_PROPERTIES.has(name)) throw new TemplateError(`.${name} on a ${typeName(value)}`);
  return '';
}

/** `$value[index]`. @throws TemplateError for an index that is none of a list */
export function getIndex(value: Value, index: Value): Value {
  if (Array.isArray(value)) return present(value[listIndex(value, index)]);
  if (typeof index === 'string' && (isMap(value) || value === '')) return getProperty(value, index);
  throw new TemplateError(`[${print(index)}] on a ${typeName(value)}`);
}

export function listIndex(list: Value[], index: Value): number {
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= list.length) {
    throw new TemplateError(`index ${print(index)} in a list of ${list.length}`);
  }
  return index;
}

/** The text of a value: JSON for a list that came as JSON, `{a=1}` for a map, as API Gateway prints them. */
export function print(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof JavaList) return `[${value.map(print).join(', ')}]`;
  if (Array.isArray(value)) return JSON.stringify(value);
  if (value instanceof MapEntry) return `${value.key}=${print(value.value)}`;
  const pairs = Object.entries(value).map(([key, item]) => `${key}=${print(item)}`);
  return `{${pairs.join(', ')}}`;
}

/**
 * `==` of Velocity 1: numbers by value; values of different types by their text, so `"7" == 7`.
 * @throws TemplateError for two lists or two maps
 */
export function equals(left: Value, right: Value): boolean {
  if (typeof left === 'object' && typeof right === 'object' && typeName(left) === typeName(right)) {
    throw new TemplateError(`== between two ${typeName(left)}s is not supported`);
  }
  return typeof left === typeof right ? left === right : print(left) === print(right);
}
