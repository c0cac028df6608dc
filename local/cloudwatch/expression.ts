import jsonata from 'jsonata';
import * as z from 'zod';

/** Looks a metric of the expression up; undefined where it has no data. */
type Lookup = (id: string) => number | undefined;

/** The value of an expression; undefined where data are missing. */
export type Evaluate = (lookup: Lookup) => number | undefined;

/** What is used of a node in the syntax tree of the jsonata library. */
type Node =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'variable'; readonly value: string }
  | { readonly type: 'unary'; readonly value: '-'; readonly expression: Node }
  | { readonly type: 'binary'; readonly value: string; readonly lhs: Node; readonly rhs: Node }
  | { readonly type: 'block'; readonly expressions: readonly [Node] }
  | {
      readonly type: 'function';
      readonly procedure: { readonly value: string };
      readonly arguments: readonly Node[];
    };

const Tree: z.ZodType<Node> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('number'), value: z.number() }),
    z.object({ type: z.literal('variable'), value: z.string() }),
    z.object({ type: z.literal('unary'), value: z.literal('-'), expression: Tree }),
    z.object({ type: z.literal('binary'), value: z.string(), lhs: Tree, rhs: Tree }),
    z.object({ type: z.literal('block'), expressions: z.tuple([Tree]) }),
    z.object({
      type: z.literal('function'),
      procedure: z.object({ value: z.string() }),
      arguments: z.array(Tree),
    }),
  ]),
);

const truth = (holds: boolean): number => (holds ? 1 : 0);

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  '=': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  and: (a, b) => truth(a !== 0 && b !== 0),
  or: (a, b) => truth(a !== 0 || b !== 0),
};

/** CloudWatch's spelling of operators, where JSONata has another one. */
const SPELLINGS: Readonly<Record<string, string>> = {
  '==': '=',
  '&&': 'and',
  '||': 'or',
  AND: 'and',
  OR: 'or',
};

const FUNCTIONS = ['FILL', 'IF'];

const TOKENS = /\s+|(?:\d+(?:\.\d+)?)|[A-Za-z]\w*|==|!=|<=|>=|&&|\|\||./gs;
const PUNCTUATION = new Set([...Object.keys(OPERATORS), '(', ')', ',']);

/**
 * Compiles metric math over single values: numbers, metrics, + - * /, comparisons, AND, OR, FILL with a value, and IF.
 * As in CloudWatch, what is computed from missing data is missing, and so is what is divided by 0.
 * Source: Amazon CloudWatch User Guide, «Using math expressions with CloudWatch metrics».
 * @param ids of the metrics that it may name
 * @throws Error naming what is not understood
 */
export function compileMath(expression: string, ids: ReadonlySet<string>): Evaluate {
  const refusal = (what: string) =>
    new Error(`the local stage does not know ${what} in the expression ${expression}`);
  const inJsonata = Array.from(expression.matchAll(TOKENS), ([token], _index) => {
    if (/^[\s\d]/.test(token)) return token;
    const spelled = SPELLINGS[token] ?? token;
    if (PUNCTUATION.has(spelled)) return ` ${spelled} `;
    if (FUNCTIONS.includes(token) || ids.has(token)) return `$${token}`;
    throw refusal(token);
  }).join('');
  let tree: unknown;
  try {
    tree = jsonata(inJsonata).ast();
  } catch (error) {
    throw refusal(`the syntax (${(error as { message?: string }).message})`);
  }
  const parsed = Tree.safeParse(tree);
  if (!parsed.success) throw refusal('the syntax');
  return compile(parsed.data, refusal);
}

function compile(node: Node, refusal: (what: string) => Error): Evaluate {
  switch (node.type) {
    case 'number':
      return () => node.value;
    case 'variable':
      if (FUNCTIONS.includes(node.value)) throw refusal(`${node.value} without arguments`);
      return (lookup) => lookup(node.value);
    case 'unary': {
      const operand = compile(node.expression, refusal);
      return (lookup) => present(operand(lookup), (value) => -value);
    }
    case 'block':
      return compile(node.expressions[0], refusal);
    case 'binary': {
      const operate = OPERATORS[node.value];
      if (operate === undefined) throw refusal(node.value);
      const [left, right] = [compile(node.lhs, refusal), compile(node.rhs, refusal)];
      return (lookup) => present(left(lookup), (a) => present(right(lookup), (b) => finite(operate(a, b))));
    }
    case 'function': {
      const name = node.procedure.value;
      const [first, second, third] = node.arguments.map((argument) => compile(argument, refusal));
      if (name === 'FILL' && first && second && !third) return (lookup) => first(lookup) ?? second(lookup);
      if (name === 'IF' && first && second && node.arguments.length <= 3) {
        return (lookup) =>
          present(first(lookup), (condition) => (condition === 0 ? third?.(lookup) : second(lookup)));
      }
      throw refusal(`${name} with ${node.arguments.length} arguments`);
    }
  }
}

const present = <T>(value: number | undefined, use: (value: number) => T): T | undefined =>
  value === undefined ? undefined : use(value);

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
