import { javaMatches, javaRegex, javaReplacement } from './java-regex.ts';
import {
  getIndex,
  getProperty,
  isMap,
  JavaList,
  MapEntry,
  present,
  print,
  setKey,
  typeName,
  type Value,
  type ValueMap,
} from './java-values.ts';
import { TemplateError } from './template-error.ts';

interface Method<T> {
  /** Numbers of arguments that the method takes. */
  readonly arities: readonly number[];
  readonly call: (self: T, ...args: Value[]) => Value;
}
type Methods<T> = Readonly<Record<string, Method<T>>>;

const onStrings: Methods<string> = {
  contains: { arities: [1], call: (self, part) => self.includes(text(part)) },
  endsWith: { arities: [1], call: (self, end) => self.endsWith(text(end)) },
  equals: { arities: [1], call: (self, other) => self === other },
  isEmpty: { arities: [0], call: (self) => self === '' },
  length: { arities: [0], call: (self) => self.length },
  matches: { arities: [1], call: (self, pattern) => javaMatches(text(pattern), self) },
  replace: { arities: [2], call: (self, from, to) => self.replaceAll(text(from), () => text(to)) },
  replaceAll: { arities: [2], call: (self, pattern, to) => replaceAll(self, text(pattern), text(to)) },
  split: { arities: [1], call: (self, pattern) => split(self, text(pattern)) },
  startsWith: { arities: [1], call: (self, start) => self.startsWith(text(start)) },
  substring: { arities: [1, 2], call: substring },
  toLowerCase: { arities: [0], call: (self) => self.toLowerCase() },
  toString: { arities: [0], call: (self) => self },
  toUpperCase: { arities: [0], call: (self) => self.toUpperCase() },
  trim: { arities: [0], call: trim },
};

const onNumbersAndBooleans: Methods<number | boolean> = {
  equals: { arities: [1], call: (self, other) => self === other },
  toString: { arities: [0], call: print },
};

const onMaps: Methods<ValueMap> = {
  containsKey: { arities: [1], call: (self, key) => Object.hasOwn(self, text(key)) },
  entrySet: {
    arities: [0],
    call: (self) => JavaList.from(Object.entries(self), ([key, value]) => new MapEntry(key, value)),
  },
  get: { arities: [1], call: (self, key) => getProperty(self, text(key)) },
  isEmpty: { arities: [0], call: (self) => Object.keys(self).length === 0 },
  keySet: { arities: [0], call: (self) => JavaList.from(Object.keys(self)) },
  put: {
    arities: [2],
    call: (self, key, value) => {
      const before = getProperty(self, text(key));
      setKey(self, text(key), present(value));
      return before;
    },
  },
  size: { arities: [0], call: (self) => Object.keys(self).length },
  toString: { arities: [0], call: print },
};

const onLists: Methods<Value[]> = {
  add: {
    arities: [1],
    call: (self, item) => {
      self.push(present(item));
      return true;
    },
  },
  contains: {
    arities: [1],
    call: (self, item) => {
      if (typeof item === 'object') throw new TemplateError(`.contains() of a ${typeName(item)}`);
      return self.includes(item);
    },
  },
  get: { arities: [1], call: (self, index) => getIndex(self, index) },
  isEmpty: { arities: [0], call: (self) => self.length === 0 },
  size: { arities: [0], call: (self) => self.length },
  toString: { arities: [0], call: print },
};

const onEntries: Methods<MapEntry> = {
  getKey: { arities: [0], call: (self) => self.key },
  getValue: { arities: [0], call: (self) => present(self.value) },
};

const ALL_NAMES = new Set(
  [onStrings, onNumbersAndBooleans, onMaps, onLists, onEntries].flatMap((methods) => Object.keys(methods)),
);

/** Whether any type has the method: a template that calls another is refused before it is ever rendered. */
export function isKnownMethod(name: string): boolean {
  return ALL_NAMES.has(name);
}

/** @throws TemplateError when the value's type has no such method, or Java would throw */
export function callMethod(self: Value, name: string, args: Value[]): Value {
  if (typeof self === 'string') return invoke(onStrings, self, name, args);
  if (Array.isArray(self)) return invoke(onLists, self, name, args);
  if (isMap(self)) return invoke(onMaps, self, name, args);
  if (self instanceof MapEntry) return invoke(onEntries, self, name, args);
  if (self === null) throw new TemplateError(`.${name}() on null`);
  return invoke(onNumbersAndBooleans, self, name, args);
}

function invoke<T extends Value>(methods: Methods<T>, self: T, name: string, args: Value[]): Value {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) throw new TemplateError(`.${name}() on a ${typeName(self)} is not supported`);
  if (!method.arities.includes(args.length)) {
    throw new TemplateError(`.${name}() with ${args.length} arguments is not supported`);
  }
  return present(method.call(self, ...args));
}

function text(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`a string was needed, not the ${typeName(value ?? null)} ${print(value ?? null)}`);
}

function replaceAll(self: string, pattern: string, replacement: string): string {
  const regex = javaRegex(pattern);
  // Most texts have nothing to replace; to find that out costs a tenth of asking for all matches.
  if (self.search(regex) < 0) return self;
  let result = '';
  let end = 0;
  for (const match of self.matchAll(regex)) {
    result += self.slice(end, match.index) + javaReplacement(replacement, match);
    end = match.index + match[0].length;
  }
  return result + self.slice(end);
}

/** `String.split`: no empty strings at the end, none before a match of length 0 at the start. */
function split(self: string, pattern: string): JavaList {
  const parts = new JavaList();
  let end = 0;
  for (const match of self.matchAll(javaRegex(pattern))) {
    if (match.index + match[0].length === 0) continue;
    if (match.index === self.length && match[0] === '') continue;
    parts.push(self.slice(end, match.index));
    end = match.index + match[0].length;
  }
  parts.push(self.slice(end));
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  if (parts.length === 1 && parts[0] === '' && self !== '') parts.pop();
  return parts;
}

function substring(self: string, from?: Value, to: Value = self.length): string {
  if (typeof from !== 'number' || typeof to !== 'number' || from < 0 || to > self.length || from > to) {
    throw new TemplateError(`.substring(${print(from ?? null)}, ${print(to)}) of ${self.length} characters`);
  }
  return self.slice(from, to);
}

/** `String.trim` takes away all characters up to U+0020, unlike JavaScript's. */
function trim(self: string): string {
  let start = 0;
  let end = self.length;
  while (start < end && self.charCodeAt(start) <= 0x20) start += 1;
  while (end > start && self.charCodeAt(end - 1) <= 0x20) end -= 1;
  return self.slice(start, end);
}
