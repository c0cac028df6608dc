import { createRequire } from 'node:module';
import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Parser, parseOnce } from '../../../local/dynamodb/parse-once.ts';

const require = createRequire(import.meta.url);

/** dynalite's own, and one that remembers. */
function parsers(name: string): { readonly own: Parser; readonly remembering: Parser } {
  const own: Parser = require(`dynalite/db/${name}`);
  const remembering = { parse: own.parse };
  parseOnce(remembering);
  return { own, remembering };
}

const isReserved = (name: string): boolean => name === 'status';
const { compare } = require('dynalite/db');

interface Request {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, object>>;
  readonly isKeyCondition: boolean;
}

/** What a parser makes of a request: its result, or its error; and which names and values nobody used. */
function outcome(parser: Parser, { expression, names, values, isKeyCondition }: Request) {
  const unused = (all: object) => Object.fromEntries(Object.keys(all).map((name) => [name, true]));
  const context = {
    attrNames: names,
    attrVals: values,
    unusedAttrNames: unused(names),
    unusedAttrVals: unused(values),
    isReserved,
    compare,
    ...(isKeyCondition ? { isKeyCondition } : {}),
  };
  let result: unknown;
  try {
    result = parser.parse(expression, { context });
  } catch (error) {
    return String(error);
  }
  // After an error dynalite does not look at what is unused.
  if (typeof result === 'string') return result;
  const { unusedAttrNames, unusedAttrVals } = context;
  return { result, unusedAttrNames, unusedAttrVals };
}

const PLACEHOLDERS = ['a', 'b', 'c'];

/** Mostly all of them; some are not used, or the same as others. */
const dictionary = <Value>(prefix: string, value: Arbitrary<Value>): Arbitrary<Record<string, Value>> => {
  const names = PLACEHOLDERS.map((name) => prefix + name);
  const used = fc.oneof({ arbitrary: fc.constant(names), weight: 9 }, fc.subarray(names));
  return fc
    .tuple(used, fc.tuple(...names.map(() => value)))
    .map(([keys, all]) => Object.fromEntries(keys.map((key, index) => [key, all[index] as Value])));
};

/** A name may hold anything, also what looks like another. */
const names = dictionary('#', fc.constantFrom('x', 'y', 'z', 'status', '', 'x\n#b=1 y', 'ä🚗'));
const value: Arbitrary<object> = fc.oneof(
  fc.record({ S: fc.constantFrom('S', 'N', 'x', 'zz') }),
  fc.record({ N: fc.constantFrom('1', '2', '-3.5') }),
  fc.record({ BOOL: fc.boolean() }),
  fc.record({ NULL: fc.constant(true) }),
  fc.record({ SS: fc.constant(['a', 'b']) }),
  fc.record({ L: fc.constant([{ S: 'x' }, { M: { k: { N: '1' } } }]) }),
  fc.record({ M: fc.constant({ k: { L: [{ S: 'x' }] } }) }),
);
const values = dictionary(':', value);

const path = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom('#a', '#b', '#c', 'plain', 'other'), weight: 20 },
      fc.constant('status'),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .chain((parts) => fc.constantFrom(parts.join('.'), `${parts.join('.')}[1]`));
const placeholder = fc.constantFrom(':a', ':b', ':c');
const size = path.map((of) => `size(${of})`);
const operand = fc.oneof({ arbitrary: placeholder, weight: 3 }, path, size);

const comparison = fc
  .tuple(operand, fc.constantFrom('=', '<>', '<', '<=', '>', '>='), operand)
  .map((parts) => parts.join(' '));
const term = fc.oneof(
  { arbitrary: comparison, weight: 3 },
  path.map((of) => `attribute_exists(${of})`),
  path.map((of) => `attribute_not_exists (${of})`),
  fc.tuple(path, placeholder).map(([of, type]) => `attribute_type(${of}, ${type})`),
  fc.tuple(path, operand).map((both) => `begins_with(${both})`),
  fc.tuple(path, operand).map((both) => `contains(${both})`),
  fc.tuple(operand, operand, operand).map(([of, low, high]) => `${of} BETWEEN ${low} and ${high}`),
  fc
    .tuple(operand, fc.array(operand, { minLength: 1, maxLength: 3 }))
    .map(([of, all]) => `${of} IN (${all})`),
);
/** Not deeper: dynalite's parser takes several times as long for each pair of parentheses. */
const condition = fc.oneof(
  term,
  term.map((inner) => `NOT ${inner}`),
  fc.tuple(term, fc.constantFrom('AND', 'or'), term).map((parts) => parts.join(' ')),
  fc.tuple(term, term, term).map(([first, second, third]) => `${first} AND (${second} OR ${third})`),
);

const summand = fc.oneof(
  operand,
  fc.tuple(path, operand).map((both) => `if_not_exists(${both})`),
  fc.tuple(operand, operand).map((both) => `list_append(${both})`),
);
const setting = fc
  .tuple(path, summand, fc.constantFrom('', ' + :a', ' - :b'))
  .map(([of, first, rest]) => `${of} = ${first}${rest}`);
const list = (item: Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((all) => all.join(', '));
const section = fc.oneof(
  { arbitrary: list(setting).map((all) => `SET ${all}`), weight: 3 },
  list(path).map((all) => `REMOVE ${all}`),
  list(fc.tuple(path, placeholder).map((both) => both.join(' '))).map((all) => `ADD ${all}`),
  list(fc.tuple(path, placeholder).map((both) => both.join(' '))).map((all) => `DELETE ${all}`),
);
const update = fc.array(section, { minLength: 1, maxLength: 2 }).map((all) => all.join(' '));

/** Now and then something that is no expression. */
const orNonsense = (expression: Arbitrary<string>) =>
  fc.oneof(
    { arbitrary: expression, weight: 9 },
    expression.map((text) => text.slice(1)),
    expression.map((text) => `${text}\n#b=1 y`),
    fc.constant(''),
  );

const EXPRESSIONS = {
  conditionParser: orNonsense(condition),
  updateParser: orNonsense(update),
  projectionParser: orNonsense(list(path)),
};

/** Few updates are valid, 150 of 2,400: paths overlap, types do not fit. Conditions take the longest. */
const RUNS = { conditionParser: 150, updateParser: 600, projectionParser: 150 };

describe.each(Object.keys(EXPRESSIONS) as (keyof typeof EXPRESSIONS)[])('%s', (name) => {
  const { own, remembering } = parsers(name);

  test('says the same of every request, remembered or not', () => {
    let valid = 0;
    const expressions = EXPRESSIONS[name];
    fc.assert(
      fc.property(
        // Few expressions and names, and many values: most requests meet what is remembered.
        fc.array(expressions, { minLength: 1, maxLength: 2 }),
        fc.array(names, { minLength: 1, maxLength: 2 }),
        fc.array(fc.tuple(fc.nat(1), fc.nat(1), values, fc.boolean()), { minLength: 2, maxLength: 6 }),
        (texts, allNames, requests) => {
          for (const [text, named, ofRequest, isKeyCondition] of requests) {
            const request = {
              expression: texts[text % texts.length] ?? '',
              names: allNames[named % allNames.length] ?? {},
              values: ofRequest,
              isKeyCondition,
            };
            const expected = outcome(own, request);
            if (typeof expected !== 'string') valid += 1;
            expect(outcome(remembering, request)).toStrictEqual(expected);
          }
        },
      ),
      { numRuns: RUNS[name] },
    );
    // Or nothing would be remembered.
    expect(valid).toBeGreaterThan(25);
  });
});

describe('what is remembered', () => {
  const request = {
    expression: '#a = :a AND #b[1] IN (:b, :c)',
    names: { '#a': 'x', '#b': 'y' },
    values: { ':a': { S: '1' }, ':b': { N: '2' }, ':c': { N: '3' } },
    isKeyCondition: false,
  };

  test('is parsed once, however often the values differ', () => {
    const { own } = parsers('conditionParser');
    let parsed = 0;
    const parser: Parser = {
      parse: (...args) => {
        parsed += 1;
        return own.parse(...args);
      },
    };
    parseOnce(parser);
    for (const S of ['1', '2', '3'])
      outcome(parser, { ...request, values: { ...request.values, ':a': { S } } });
    expect(parsed).toBe(1);
    // Of another type, with another name, another text, and as a key's condition it is another one.
    outcome(parser, { ...request, values: { ...request.values, ':a': { N: '1' } } });
    outcome(parser, { ...request, names: { ...request.names, '#a': 'z' } });
    outcome(parser, { ...request, expression: '#b[1] IN (:b, :c) AND #a = :a' });
    outcome(parser, { ...request, isKeyCondition: true });
    expect(parsed).toBe(5);
  });

  const between = (low: string, high: string) => ({ ':a': { N: low }, ':b': { N: high } });
  test.each([
    ['bounds in order, and not', 'x between :a and :b', [{}, between('1', '2')], [{}, between('2', '1')]],
    ['a type, and none', 'attribute_type(x, :a)', [{}, { ':a': { S: 'N' } }], [{}, { ':a': { S: 'Q' } }]],
    ['a name, and its look', '#a = x', [{ '#a': 'y', '#b': 'z' }, {}], [{ '#a': 'y\n#b=z' }, {}]],
    [
      'a name, and its look with a length',
      '#a = x',
      [{ '#a': 'y', '#b': 'z' }, {}],
      [{ '#a': 'y\n#b=1 z' }, {}],
    ],
  ])('is not taken for what is alike: %s', (_what, expression, ...requests) => {
    const { own, remembering } = parsers('conditionParser');
    const outcomes = requests.map(([names, values]) => {
      const next = { ...request, expression, names, values } as Request;
      const expected = outcome(own, next);
      expect(outcome(remembering, next)).toStrictEqual(expected);
      return expected;
    });
    expect(outcomes[0]).not.toEqual(outcomes[1]);
  });

  test('is not taken for a text that goes on as names do', () => {
    const { own, remembering } = parsers('conditionParser');
    const expressions: [string, Request['names']][] = [
      ['attribute_exists(#a)', { '#a': 'y' }],
      ['attribute_exists(#a)\n#a=y', {}],
      ['attribute_exists(#a)\n#a=1 y', {}],
    ];
    for (const [expression, names] of expressions) {
      const next = { ...request, expression, names, values: {} };
      expect(outcome(remembering, next)).toStrictEqual(outcome(own, next));
    }
  });

  test('is not shared between requests: who writes into a result spoils no other', () => {
    const { own, remembering } = parsers('conditionParser');
    const expected = outcome(own, request);
    for (let n = 0; n < 3; n += 1) {
      const found = outcome(remembering, request);
      expect(found).toStrictEqual(expected);
      spoil((found as { result: object }).result);
    }
  });

  test('stays within limits, and is right beyond them', () => {
    const { own, remembering } = parsers('projectionParser');
    for (let n = 0; n < 1200; n += 1) {
      const next = { ...request, expression: '#a', names: { '#a': `x${n % 700}` }, values: {} };
      expect(outcome(remembering, next)).toStrictEqual(outcome(own, next));
    }
  });
});

/** Empties all objects and lists but the request's values. */
function spoil(result: object): void {
  for (const [key, part] of Object.entries(result)) {
    const isValue = typeof part === 'object' && part !== null && ('S' in part || 'N' in part);
    if (typeof part === 'object' && part !== null && !isValue) spoil(part);
    delete (result as Record<string, unknown>)[key];
  }
}
