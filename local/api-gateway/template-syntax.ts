import { parse } from 'velocityjs';
import { TemplateError } from './template-error.ts';

/** The syntax tree of `velocityjs`, as far as the compiler knows it; text stands as a string. */
export type Node = string | Node[] | Comment | SetDirective | Foreach | If | Else | Reference;

interface Comment {
  readonly type: 'comment';
}
export interface SetDirective {
  readonly type: 'set';
  readonly equal: readonly [Reference, Expression];
}
export interface Foreach {
  readonly type: 'foreach';
  readonly to: string;
  readonly from: Expression;
}
interface If {
  readonly type: 'if' | 'elseif';
  readonly condition: Expression;
}
interface Else {
  readonly type: 'else';
}

export type Expression = Reference | Literal | Operation;

export interface Reference {
  readonly type: 'references';
  readonly id: string;
  readonly path?: readonly Step[];
  /** Set for `$name(…)`. */
  readonly args?: unknown;
}
export type Step =
  | { readonly type: 'property'; readonly id: string }
  | { readonly type: 'index'; readonly id: Expression }
  | { readonly type: 'method'; readonly id: string; readonly args: readonly Expression[] | false };

export type Literal =
  | { readonly type: 'string'; readonly value: string; readonly isEval?: boolean }
  | { readonly type: 'integer' | 'decimal'; readonly value: string | number }
  | { readonly type: 'bool'; readonly value: 'true' | 'false' | 'null' }
  | { readonly type: 'array'; readonly value: readonly (Expression | string)[]; readonly isRange?: boolean }
  | { readonly type: 'map'; readonly value?: Readonly<Record<string, Expression>> };

export interface Operation {
  readonly type: 'math';
  readonly operator: string;
  readonly expression: readonly Expression[];
}

const DIRECTIVE = /#(@?\{?)([A-Za-z]\w*)([ \t]*\()?/g;
/** Only these are known to be rendered right. */
const SUPPORTED = new Set(['set', 'if', 'elseif', 'else', '{else', 'end', '{end', 'foreach']);
/** Directives of Velocity, or of `velocityjs`; any other `#name` is text, as in a DynamoDB expression. */
const DIRECTIVES = new Set([
  ...SUPPORTED,
  'break',
  'define',
  'evaluate',
  'include',
  'literal',
  'macro',
  'noescape',
  'parse',
  'stop',
]);

/**
 * Parses a mapping template with `velocityjs`, after refusing what that parser is known to read otherwise than
 * Apache Velocity (tried against Velocity 1.7): it takes some directives for text, does not notice a missing
 * `#end` or one too many, and drops backslashes before `$` and `#`.
 * @throws TemplateError naming the directive or the construct
 */
export function parseTemplate(source: string): Node[] {
  checkDirectives(source.replace(/##[^\n]*|#\*[\s\S]*?\*#/g, ''));
  if (/\\[$#]/.test(source)) {
    throw new TemplateError(
      'a backslash before $ or # is not supported: what it means depends on the reference',
    );
  }
  try {
    return parse(source) as unknown as Node[];
  } catch (error) {
    throw new TemplateError((error as Error).message);
  }
}

function checkDirectives(source: string): void {
  if (source.includes('#[[')) throw new TemplateError('#[[…]]# is not supported');
  let open = 0;
  for (const [, mark, name, call] of source.matchAll(DIRECTIVE) as Iterable<string[]>) {
    if (!SUPPORTED.has(`${mark}${name}`)) {
      // Before a parenthesis, any name calls a macro.
      if (!mark?.startsWith('@') && !DIRECTIVES.has(name ?? '') && call === undefined) continue;
      throw new TemplateError(`#${mark}${name} is not supported`);
    }
    if (name === 'if' || name === 'foreach') open += 1;
    if (name === 'end') open -= 1;
    if (open < 0) throw new TemplateError('an #end too many');
  }
  if (open > 0) throw new TemplateError('an #end is missing');
}
