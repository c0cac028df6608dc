import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Json } from '../../../local/aws.ts';
import { CONTEXT, compile, evaluate, execute, output, pass } from './support.ts';

/** JSON with every kind of key, `__proto__` too; as from JSON.parse. */
const anyJson = fc.json().map((text): Json => JSON.parse(text));

const resultOf = async (expression: string, input: Json = {}) =>
  execute({ Only: pass({ Output: `{% ${expression} %}` }) }, input);

describe('templates', () => {
  test('literals pass through unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(anyJson, async (json) => {
        fc.pre(!/\{%|%\}/.test(JSON.stringify(json)));
        expect(await output({ Only: pass({ Output: json }) })).toStrictEqual(json);
      }),
    );
  });

  test.each(['$states.input', '($states.input)'])(
    'any JSON through {%% %s %%} is identical',
    async (expression) => {
      await fc.assert(
        fc.asyncProperty(anyJson, async (json) => {
          expect(await evaluate(expression, json)).toStrictEqual(json);
        }),
      );
    },
  );

  test('only strings that are expressions as a whole are evaluated', async () => {
    const Output = {
      a: ['{% 1 + 1 %}', { b: '{%$states.input%}' }],
      c: 'is {% 1 %} literal',
      '{% 1 %}': '$x',
    };
    expect(await output({ Only: pass({ Output }) }, 3)).toEqual({
      a: [2, { b: 3 }],
      c: 'is {% 1 %} literal',
      '{% 1 %}': '$x',
    });
  });

  test('an output can be changed without changing the definition', async () => {
    const machine = compile({ Only: pass({ Output: { list: [1] } }) });
    const run = async () => {
      const result = await machine.execute({}, CONTEXT, async () => null);
      return result.status === 'SUCCEEDED' ? (result.output as { list: number[] }) : undefined;
    };
    (await run())?.list.push(2);
    expect(await run()).toEqual({ list: [1] });
  });
});

describe('evaluation', () => {
  test('a plain path reads what JSONata reads', async () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'length', 'constructor'), { maxLength: 3 });
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Json>(null, 0, 'x'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.record({ a: tie('tree'), b: tie('tree') }, { requiredKeys: [], noNullPrototype: true }),
      ),
    }));
    const read = async (expression: string, input: Json) => {
      const result = await resultOf(expression, input);
      return result.status === 'SUCCEEDED' ? result.output : result.status;
    };
    await fc.assert(
      fc.asyncProperty(path, tree, async (names, input) => {
        const expression = ['$states.input', ...names].join('.');
        // Parentheses keep the expression from being read as a plain path.
        expect(await read(expression, input)).toStrictEqual(await read(`(${expression})`, input));
      }),
    );
  });

  test('a path that does more than follow names is no plain one', async () => {
    expect(await evaluate('$states.input.*', { '*': 1, a: 2 })).toEqual([1, 2]);
    expect(await evaluate('$states.input{}', { a: 1 })).toEqual({});
    const states = {
      Set: pass({ Assign: { list: [1, 2] }, Next: 'Read' }),
      Read: pass({ Output: '{% $list[1] %}' }),
    };
    expect(await output(states)).toBe(2);
  });

  test.each<[string, Json]>([
    ["'Last=>' & $states.input.name", 'Last=>Rivera'],
    ['$sum($states.input.items.price)', 6],
    ['$states.input.items[price > 1].price', [2, 3]],
    ['$states.input.items[price = 2]', { price: 2 }],
    ['$states.input.items[price = 2][]', [{ price: 2 }]],
    ['$states.input.items[$.price > 2].price', 3],
    ['($f := function($n) { $n * 2 }; $map([1..3], $f))', [2, 4, 6]],
    ['$contains($states.input.name, /^riv/i)', true],
    ["$replace($states.input.name, /r/, '-')", 'Rive-a'],
    ["{ 'missing': $states.input.missing, 'name': $states.input.name }", { name: 'Rivera' }],
    ["$states.input.items{ 'p' & price: price }", { p1: 1, p2: 2, p3: 3 }],
    ['$states.input.none', null],
    ['$states.input.none ? 1 : $states.input.none', null],
    ["$exists($states.input.missing) ? 1 : 'absent'", 'absent'],
  ])('%s', async (expression, expected) => {
    const input = { name: 'Rivera', none: null, items: [{ price: 1 }, { price: 2 }, { price: 3 }] };
    const value = await evaluate(expression, input);
    expect(value).toStrictEqual(expected);
    // JSONata marks its arrays; a mark would change what the next expression does with them.
    if (Array.isArray(value)) expect(Object.getOwnPropertyNames(value)).toHaveLength(value.length + 1);
  });

  test.each([
    ['$states.input.missing', 'returned nothing (undefined)'],
    ['name', 'returned nothing (undefined)'],
    ["1 + 'a'", 'T2002'],
    ["$number('x')", 'D3030'],
    ['$unknown(1)', 'T1006'],
    ['$constructor', 'returned nothing (undefined)'],
    ['$sum', 'a function'],
    ["{ 'f': function($x) { $x } }", 'a function'],
    ['[$uppercase]', 'a function'],
    ["$error('stop')", 'stop'],
  ])('%s fails the evaluation', async (expression, cause) => {
    expect(await resultOf(expression)).toEqual({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining(cause),
    });
  });

  test('an endless recursion is stopped', async () => {
    const now = vi.spyOn(Date, 'now');
    let milliseconds = 0;
    now.mockImplementation(() => milliseconds++);
    expect(await resultOf('($f := function($n) { $f($n + 1) }; $f(0))')).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('D1012'),
    });
    now.mockRestore();
  });

  test('$now() is one time in one evaluation', async () => {
    expect(await evaluate("$now() = $now() and $contains($now(), 'T') and $millis() = $millis()")).toBe(true);
  });
});

describe('functions of Step Functions', () => {
  test.each<[string, Json]>([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([1,2,3], 2.9)', [[1, 2], [3]]],
    ['$partition([], 2)', []],
    ['$range(0, 10, 2)', [0, 2, 4, 6, 8, 10]],
    ['$range(1, 6, 2)', [1, 3, 5]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(3, 1, 1)', []],
    ['$count($range(1, 1000, 1))', 1000],
    ["$hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ["$hash('', 'MD5')", 'd41d8cd98f00b204e9800998ecf8427e'],
    ["$length($hash('x', 'SHA-256'))", 64],
    ["$length($hash('x', 'SHA-384'))", 96],
    ["$length($hash('x', 'SHA-512'))", 128],
    ['$random(7) = $random(7) and $random(7) != $random(8)', true],
    ['$random(7) >= 0 and $random(7) < 1 and $random() < 1', true],
    ['$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/).index', 0],
    ['$uuid() = $uuid()', false],
    [`$parse('{"a":[1,{"b":null}]}')`, { a: [1, { b: null }] }],
  ])('%s', async (expression, expected) => {
    expect(await evaluate(expression)).toStrictEqual(expected);
  });

  test.each([
    '$partition([1], 0)',
    '$range(1, 5, 0)',
    '$range(1, 1001, 1)',
    "$hash('x', 'SHA-3')",
    "$parse('{')",
    '$parse($states.input.missing)',
  ])('%s fails the evaluation', async (expression) => {
    expect(await resultOf(expression)).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});
