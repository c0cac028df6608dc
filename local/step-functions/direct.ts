import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Json, JsonObject } from '../aws.ts';
import { hash } from './functions.ts';
import type { Scope } from './jsonata.ts';
import { plain } from './plain.ts';

/** What is computed here of a tree of the jsonata library; any further property asks for more than this. */
type Node =
  | { type: 'string' | 'number' | 'value'; value: string | number | boolean | null }
  | { type: 'variable'; value: string }
  | { type: 'path'; steps: [Root | Call, ...Step[]] }
  | { type: 'binary'; value: string; lhs: Node; rhs: Node }
  | { type: 'unary'; value: '['; expressions: Node[] }
  | { type: 'unary'; value: '{'; lhs: [Key, Node][] }
  | { type: 'condition'; condition: Node; then: Node; else?: Node | undefined }
  | { type: 'block'; expressions: [Node] }
  | Call;
interface Call {
  type: 'function';
  value: '(';
  procedure: Root;
  arguments: Node[];
}
type Root = z.infer<typeof Root>;
type Step = z.infer<typeof Step>;
type Key = z.infer<typeof Key>;

const at = { position: z.number().optional() };
const Root = z.strictObject({ ...at, type: z.literal('variable'), value: z.string() });
const Index = z.strictObject({ ...at, type: z.literal('number'), value: z.int().nonnegative() });
const Step = z.strictObject({
  ...at,
  type: z.literal('name'),
  value: z.string(),
  stages: z.tuple([z.strictObject({ ...at, type: z.literal('filter'), expr: Index })]).optional(),
});
/** As a member of an object in JavaScript, `__proto__` is another thing. */
const Key = z.strictObject({
  ...at,
  type: z.literal('string'),
  value: z.string().refine((name) => name !== '__proto__'),
});
const Call = z
  .strictObject({
    ...at,
    type: z.literal('function'),
    value: z.literal('('),
    procedure: Root,
    get arguments(): z.ZodArray<z.ZodType<Node>> {
      return z.array(Tree);
    },
  })
  .refine(({ procedure, arguments: { length } }) => FUNCTIONS[procedure.value]?.counts.includes(length));
const Tree: z.ZodType<Node> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ ...at, type: z.literal('string'), value: z.string() }),
    z.strictObject({ ...at, type: z.literal('number'), value: z.number() }),
    z.strictObject({ ...at, type: z.literal('value'), value: z.union([z.boolean(), z.null()]) }),
    Root,
    z.strictObject({
      ...at,
      type: z.literal('path'),
      steps: z.tuple([z.discriminatedUnion('type', [Root, Call])], Step),
    }),
    z.strictObject({
      ...at,
      type: z.literal('binary'),
      value: z.enum(Object.keys(OPERATORS)),
      lhs: Tree,
      rhs: Tree,
    }),
    z.discriminatedUnion('value', [
      z.strictObject({
        ...at,
        type: z.literal('unary'),
        value: z.literal('['),
        expressions: z.array(Tree),
      }),
      z.strictObject({
        ...at,
        type: z.literal('unary'),
        value: z.literal('{'),
        lhs: z
          .array(z.tuple([Key, Tree]))
          .refine((pairs) => new Set(pairs.map(([{ value }]) => value)).size === pairs.length),
      }),
    ]),
    z.strictObject({
      ...at,
      type: z.literal('condition'),
      condition: Tree,
      // biome-ignore lint/suspicious/noThenProperty: so the library names it
      then: Tree,
      else: Tree.optional(),
    }),
    z.strictObject({ ...at, type: z.literal('block'), expressions: z.tuple([Tree]) }),
    Call,
  ]),
);

/** Undefined stands for nothing. */
type Value = Json | undefined;

/** What the parts of an expression see: all of them the same time. */
interface Sight extends Scope {
  /** Milliseconds since the epoch */
  readonly now: number;
}
type Evaluate = (sight: Sight) => Value;

/** Thrown where the answer is not certain. */
const NOT_CERTAIN = new Error('JSONata has to be asked');

const ask = (): never => {
  throw NOT_CERTAIN;
};

/**
 * Computes, without the interpreter of JSONata and its promises (some 1 µs for each node of the tree), what most
 * expressions of workflows are made of: paths, comparisons, texts, objects, conditions, and some functions. It knows the
 * ways of plain values only; wherever JSONata's own begin (arrays in a path, other types, errors), it gives up.
 * @returns what returns undefined if it finds nothing or gives up, as it always does for an expression with anything
 * else in it
 */
export function compileDirect(ast: unknown): (scope: Scope) => Json | undefined {
  // A copy of what is the tree's own: its nodes inherit the parser's.
  const tree = Tree.safeParse(JSON.parse(JSON.stringify(ast)));
  if (!tree.success) return () => undefined;
  const evaluate = compile(tree.data);
  return ({ states, variables }) => {
    try {
      return plain(evaluate({ states, variables, now: Date.now() }));
    } catch {
      // Whatever it is: JSONata knows better how to say it.
      return undefined;
    }
  };
}

function compile(node: Node): Evaluate {
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value':
      return () => node.value;
    case 'variable':
      return compileVariable(node);
    case 'path': {
      const [root, ...steps] = node.steps;
      return compilePath(compile(root), steps);
    }
    case 'binary':
      return compileBinary(node.value, compile(node.lhs), compile(node.rhs));
    case 'unary':
      return node.value === '[' ? compileArray(node.expressions.map(compile)) : compileObject(node.lhs);
    case 'condition': {
      const [condition, yes] = [compile(node.condition), compile(node.then)];
      const no = node.else === undefined ? () => undefined : compile(node.else);
      return (sight) => (boolean(condition(sight)) ? yes(sight) : no(sight));
    }
    case 'block':
      return compile(node.expressions[0]);
    case 'function':
      return compileCall(node);
  }
}

function compileVariable({ value: name }: Root): Evaluate {
  if (name === 'states') return ({ states }) => states;
  // What is no variable may be a function.
  return ({ variables }) => (Object.hasOwn(variables, name) ? single(variables[name]) : ask());
}

function compilePath(root: Evaluate, steps: readonly Step[]): Evaluate {
  return (sight) => {
    let value = single(root(sight));
    for (const { value: name, stages } of steps) {
      value = member(value, name);
      if (stages !== undefined) value = Array.isArray(value) ? value[stages[0].expr.value] : ask();
      value = single(value);
    }
    return value;
  };
}

function member(value: Value, name: string): Value {
  if (typeof value !== 'object' || value === null) return undefined;
  return !Array.isArray(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** JSONata maps over arrays and flattens them, and takes objects with its own marks for functions. */
function single(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) || isMarked(value) ? ask() : value;
}

function isMarked(value: object): boolean {
  return Object.hasOwn(value, '_jsonata_function') || Object.hasOwn(value, '_jsonata_lambda');
}

type Operator = (left: Value, right: Value) => Value;

const comparing =
  (compare: (left: string | number, right: string | number) => boolean): Operator =>
  (left, right) => {
    if (typeof left === 'string' && typeof right === 'string') return compare(left, right);
    return compare(number(left), number(right));
  };
const OPERATORS: Readonly<Record<string, Operator>> = {
  '&': (left, right) => part(left) + part(right),
  '=': (left, right) => isKnown(left, right) && left === right,
  '!=': (left, right) => isKnown(left, right) && left !== right,
  '<': comparing((left, right) => left < right),
  '<=': comparing((left, right) => left <= right),
  '>': comparing((left, right) => left > right),
  '>=': comparing((left, right) => left >= right),
  '+': (left, right) => number(number(left) + number(right)),
  '-': (left, right) => number(number(left) - number(right)),
  '*': (left, right) => number(number(left) * number(right)),
  '/': (left, right) => number(number(left) / number(right)),
  in: (left, right) => {
    if (!isKnown(left)) return false;
    return Array.isArray(right) && isKnown(...right) ? right.includes(left as Json) : ask();
  },
  // Their right side is computed only if it matters.
  and: ask,
  or: ask,
};

function compileBinary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  if (operator === 'and') return (sight) => boolean(left(sight)) && boolean(right(sight));
  if (operator === 'or') return (sight) => boolean(left(sight)) || boolean(right(sight));
  const operate = OPERATORS[operator] ?? ask;
  return (sight) => operate(left(sight), right(sight));
}

/** Whether none of them is nothing; they must not be compared part by part. */
function isKnown(...values: readonly Value[]): boolean {
  if (values.some((value) => typeof value === 'object' && value !== null)) return ask();
  return !values.includes(undefined);
}

const boolean = (value: Value): boolean => (typeof value === 'boolean' ? value : ask());
const number = (value: Value): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : ask();
const text = (value: Value): string => (typeof value === 'string' ? value : ask());

/** A part of a text that is put together. */
function part(value: Value): string {
  if (value === undefined) return '';
  return Number.isSafeInteger(value) ? String(value) : text(value);
}

function compileArray(items: readonly Evaluate[]): Evaluate {
  return (sight) => items.map((item) => single(item(sight))).filter((item) => item !== undefined);
}

function compileObject(pairs: readonly (readonly [Key, Node])[]): Evaluate {
  const members = pairs.map(([{ value: name }, node]) => [name, compile(node)] as const);
  return (sight) => {
    const object: JsonObject = {};
    for (const [name, evaluate] of members) {
      const value = evaluate(sight);
      if (value !== undefined) object[name] = value;
    }
    return object;
  };
}

interface BuiltIn {
  /** Of arguments, as many as it takes. */
  readonly counts: readonly number[];
  readonly run: (args: readonly Value[], sight: Sight) => Value;
}

const FUNCTIONS: Readonly<Record<string, BuiltIn>> = {
  ceil: { counts: [1], run: ([value]) => Math.ceil(number(value)) },
  exists: { counts: [1], run: ([value]) => value !== undefined },
  floor: { counts: [1], run: ([value]) => Math.floor(number(value)) },
  fromMillis: { counts: [2], run: ([value, picture]) => isoTime(number(value), picture) },
  hash: { counts: [2], run: ([value, algorithm]) => hash(text(value), text(algorithm)) },
  lookup: {
    counts: [2],
    run: ([object, name]) => (isObject(object) ? single(member(object, text(name))) : ask()),
  },
  merge: {
    counts: [1],
    run: ([list]) => (Array.isArray(list) && list.length > 0 && list.every(isObject) ? merged(list) : ask()),
  },
  millis: { counts: [0], run: (_, { now }) => now },
  not: { counts: [1], run: ([value]) => !boolean(value) },
  now: { counts: [1], run: ([picture], { now }) => isoTime(now, picture) },
  number: { counts: [1], run: ([value]) => (DECIMAL.test(text(value)) ? number(Number(value)) : ask()) },
  parse: { counts: [1], run: ([value]) => JSON.parse(text(value)) },
  string: { counts: [1], run: ([value]) => jsonText(value) },
  substring: {
    counts: [3],
    run: ([value, from, length]) => substring(text(value), number(from), number(length)),
  },
  uuid: { counts: [0], run: () => randomUUID() },
};

function compileCall({ procedure: { value: name }, arguments: args }: Call): Evaluate {
  const evaluateAll = args.map(compile);
  const { run } = FUNCTIONS[name] as BuiltIn;
  return (sight) => {
    // A variable of that name goes before the function.
    if (Object.hasOwn(sight.variables, name)) return ask();
    const values = evaluateAll.map((evaluate) => evaluate(sight));
    return run(values, sight);
  };
}

const DECIMAL = /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/;

/** The picture of times that our definitions have, in milliseconds and UTC. */
const ISO = '[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]Z';
const ISO_LENGTH = '2026-01-01T12:00:00.000Z'.length;

function isoTime(milliseconds: number, picture: Value): string {
  if (picture !== ISO || !Number.isInteger(milliseconds)) return ask();
  const time = new Date(milliseconds).toISOString();
  return time.length === ISO_LENGTH ? time : ask();
}

const isObject = (value: Value): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isMarked(value);

function merged(objects: readonly JsonObject[]): JsonObject {
  const result: JsonObject = {};
  for (const object of objects) {
    // As a member that is assigned, it would be none.
    if (Object.hasOwn(object, '__proto__')) ask();
    Object.assign(result, object);
  }
  return result;
}

/** Numbers have at most 15 digits, so that 0.1 + 0.2 is 0.3. */
function jsonText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return ask();
  return JSON.stringify(value, (_, part: Json) => {
    if (typeof part === 'number') return Number.isInteger(part) ? part : Number(part.toPrecision(15));
    return typeof part === 'object' && part !== null && isMarked(part) ? ask() : part;
  });
}

/** JSONata counts characters, which are those of JavaScript in ASCII. */
function substring(value: string, from: number, length: number): string {
  if (!ASCII.test(value) || !Number.isInteger(from) || from < 0 || !Number.isInteger(length) || length < 0) {
    return ask();
  }
  return value.slice(from, from + length);
}

const ASCII = /^[\x20-\x7e]*$/;
