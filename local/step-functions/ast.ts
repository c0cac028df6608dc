import type { Outcome } from './field.ts';

/** What is used here of a node in the syntax tree of the jsonata library. */
interface Node {
  readonly type: string;
  readonly position?: number;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly condition?: Node;
  readonly then?: Node;
}

/**
 * Something in an expression that Step Functions refuses when a machine is created, though the library
 * understands it: `$eval`, the input document `$$`, a part of `$states` that the field cannot have yet, and
 * the operators that JSONata got after 2.0.6.
 * Source: AWS Developer Guide, «Transforming data with JSONata»; CHANGELOG of jsonata 2.1.0.
 * @returns its name, or undefined if there is none
 */
export function unavailableIn(ast: unknown, outcome: Outcome | undefined): string | undefined {
  for (const { type, value, steps = [], condition, then } of nodes(ast)) {
    if (type === 'variable' && (value === 'eval' || value === '$')) return `$${value}`;
    // A condition that starts where its consequence starts was written only once.
    if (condition && then && start(condition) === start(then)) return 'the operator ?? or ?:';
    const [first, second] = steps;
    if (first?.type !== 'variable' || first.value !== 'states') continue;
    const part = second?.value;
    if ((part === 'result' || part === 'errorOutput') && part !== outcome) return `$states.${part}`;
  }
  return undefined;
}

/** The names in an expression that only follows them, such as `$states.input.vin`; undefined for any other. */
export function plainPath(ast: unknown): string[] | undefined {
  const [root, ...steps] = nodes(ast);
  const [variable, ...names] = root?.type === 'path' ? steps : [root];
  const plain =
    variable?.type === 'variable' &&
    names.every((step) => step?.type === 'name') &&
    [variable, ...names].every((step) => hasOnly(step, 'type', 'value', 'position')) &&
    (root === variable || hasOnly(root, 'type', 'steps'));
  return plain ? [variable, ...names].map((step) => String(step?.value)) : undefined;
}

/** Any further property asks for more than a name: a filter, a grouping, an array. */
function hasOnly(node: Node | undefined, ...properties: string[]): boolean {
  return Object.keys(node ?? {}).every((name) => properties.includes(name));
}

function start(tree: Node): number {
  return Math.min(...Array.from(nodes(tree), ({ position = Number.POSITIVE_INFINITY }) => position));
}

function* nodes(tree: unknown): Generator<Node> {
  if (typeof tree !== 'object' || tree === null) return;
  if ('type' in tree) yield tree as Node;
  for (const child of Object.values(tree)) yield* nodes(child);
}
