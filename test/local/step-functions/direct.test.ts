import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Json, JsonObject } from '../../../local/aws.ts';
import { compileDirect } from '../../../local/step-functions/direct.ts';
import { STEP_FUNCTIONS } from '../../../local/step-functions/functions.ts';
import { plain } from '../../../local/step-functions/plain.ts';

const DEFINITIONS = new URL('../../../statemachines/', import.meta.url);

const RUNS = Number(process.env.RUNS ?? 30);

const EXPRESSION = /"\{%(.*?)%\}"/g;

/** All that our definitions hold, with a text in place of what the stage fills in. */
const expressions = [
  ...new Set(
    readdirSync(DEFINITIONS)
      .map((name) => readFileSync(new URL(name, DEFINITIONS), 'utf8'))
      .flatMap((definition) => [...definition.matchAll(EXPRESSION)])
      .map(([, source = '']) => (JSON.parse(`"${source}"`) as string).trim())
      .map((source) => source.replaceAll(/\$\{\w+\}/g, '7')),
  ),
];

/** What ours do not reach: characters of two units, numbers of many digits, values of other types. */
const OTHERS = [
  '$substring($a, 0, 2)',
  '$string([$a, $b])',
  '$number($a)',
  '$a + $b',
  '$a & $b',
  '$a < $b or $a = $b',
  '$merge([$a, $b])',
];

/** As the library itself answers; undefined for nothing and for an error. */
async function interpreted(source: string, variables: JsonObject, states: JsonObject) {
  const expression = jsonata(source);
  for (const { name, run, signature } of STEP_FUNCTIONS) expression.registerFunction(name, run, signature);
  try {
    return plain(await expression.evaluate(undefined, { ...variables, states }));
  } catch {
    return undefined;
  }
}

/** Values of every kind, with the names that occur in expressions, and some that JavaScript or JSONata knows. */
function anyValue(names: readonly string[]) {
  const leaf = fc.oneof(
    fc.constantFrom<Json>(
      '',
      'blue',
      'a',
      '12',
      '1e3',
      'é🚗x',
      null,
      true,
      false,
      0,
      1,
      -2,
      48.177024,
      0.30000000000000004,
      1e21,
    ),
    fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
  );
  const name = fc.constantFrom(...names, '_jsonata_lambda', 'constructor', '0');
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, fc.array(tie('tree'), { maxLength: 2 }), {
      weight: 4,
      arbitrary: fc.dictionary(name, tie('tree'), { maxKeys: 5 }),
    }),
  }));
  return tree;
}

const namesIn = (source: string): string[] => [...source.matchAll(/[A-Za-z_]\w*/g)].map(([name]) => name);

/** Values that an expression may meet: every path in it leads somewhere in most of them. */
function anyScope(source: string) {
  const value = anyValue(namesIn(source));
  const roots = [...source.matchAll(/\$([A-Za-z]\w*)(?!\w*\()/g)].map(([, name = '']) => name);
  const paths = [...source.matchAll(/\$([A-Za-z]\w*(?:\.\w+)+)/g)].map(([, path = '']) => path.split('.'));
  return fc
    .record({
      own: fc.dictionary(fc.constantFrom(...roots, 'iso'), value, { maxKeys: 6 }),
      led: fc.array(fc.tuple(fc.constantFrom(...paths, ['x', 'y']), value), { maxLength: 6 }),
      text: fc.constantFrom('[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]Z', 'x'),
    })
    .map(({ own, led, text }) => {
      const scope: JsonObject = { iso: text, ...own };
      for (const [path, end] of led) lead(scope, path, end);
      const { states, ...variables } = scope;
      return { variables, states: isObject(states) ? states : {} };
    });
}

function lead(scope: JsonObject, path: readonly string[], end: Json): void {
  let place = scope;
  for (const name of path.slice(0, -1)) {
    const next = place[name];
    place[name] = isObject(next) ? next : {};
    place = place[name] as JsonObject;
  }
  place[path.at(-1) ?? ''] = end;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Some 5 s on two cores that have nothing else to do. */
const LIMIT_MS = 60_000;

test(
  'what is computed directly of our expressions is what JSONata computes, and most of them are',
  async () => {
    vi.useFakeTimers({ now: 1_767_268_800_250, toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const deterministic = [...expressions, ...OTHERS].filter((source) => !/\$(uuid|random)\(/.test(source));
    const computed = new Set<string>();
    for (const source of deterministic) {
      const compute = compileDirect(jsonata(source).ast());
      const agrees = fc.asyncProperty(anyScope(source), async ({ variables, states }) => {
        const value = compute({ variables, states });
        if (value === undefined) return;
        computed.add(source);
        expect(JSON.stringify(value), source).toBe(
          JSON.stringify(await interpreted(source, variables, states)),
        );
      });
      await fc.assert(agrees, {
        numRuns: RUNS,
        examples: [[{ variables: { a: 'é🚗x', b: 0.1 }, states: {} }]],
      });
    }
    expect(computed.size).toBeGreaterThan(0.6 * deterministic.length);
  },
  LIMIT_MS,
);
