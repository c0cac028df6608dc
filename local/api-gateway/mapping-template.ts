import { refuse } from './definition.ts';
import { isMap, listIndex, present, print, setKey, typeName, type Value } from './java-values.ts';
import { TemplateError } from './template-error.ts';
import { type Condition, Expressions, LONGEST_LOOP, type Scope } from './template-expressions.ts';
import type { TemplateInput } from './template-input.ts';
import {
  type Expression,
  type Foreach,
  type Node,
  parseTemplate,
  type SetDirective,
  type Step,
} from './template-syntax.ts';

/** @throws TemplateError when API Gateway would fail too, or would render something undocumented */
export type MappingTemplate = (input: TemplateInput) => string;

type Emit = (scope: Scope) => string;

const RESERVED = new Set(['context', 'foreach', 'input', 'stageVariables', 'util', 'velocityCount']);

/**
 * Compiles a mapping template (Velocity 1.7, as API Gateway runs it) to a function. The parser is `velocityjs`; the
 * evaluation is our own, because that of `velocityjs` follows JavaScript (truthiness, `==`, prototypes, missing
 * values), so that its answers silently differ from API Gateway's.
 * @throws TemplateError naming what is not supported
 */
export function compileTemplate(source: string): MappingTemplate {
  const emit = new Compiler().compile(source);
  return (input) => emit({ input, variables: new Map() });
}

/**
 * Compiles a template whose errors, now and while rendering, name the field it stands in.
 * @throws Error naming the method and the field
 */
export function compileField(method: string, field: string, source: string): MappingTemplate {
  try {
    const template = compileTemplate(source);
    return (input) => {
      try {
        return template(input);
      } catch (error) {
        if (error instanceof TemplateError) throw new TemplateError(`${field}: ${error.message}`);
        throw error;
      }
    };
  } catch (error) {
    return refuse(method, field, (error as Error).message);
  }
}

class Compiler {
  readonly #assigned = new Set<string>();
  readonly #expressions = new Expressions((source) => this.#nodes(parseTemplate(source)));

  compile(source: string): Emit {
    const emit = this.#nodes(parseTemplate(source));
    for (const name of this.#expressions.read) {
      // A misspelt variable would render as an empty string.
      if (!this.#assigned.has(name)) throw new TemplateError(`$${name} is never set`);
    }
    return emit;
  }

  #nodes(nodes: readonly Node[]): Emit {
    const parts: (string | Emit)[] = [];
    for (const [index, node] of nodes.entries()) {
      if (isSwallowed(nodes, index)) continue;
      const part = this.#node(node);
      if (typeof part === 'string' && typeof parts.at(-1) === 'string') parts.push(`${parts.pop()}${part}`);
      else if (part !== '') parts.push(part);
    }
    return (scope) => {
      let text = '';
      for (const part of parts) text += typeof part === 'string' ? part : part(scope);
      return text;
    };
  }

  #node(node: Node): string | Emit {
    if (typeof node === 'string') return node;
    if (Array.isArray(node)) return this.#block(node);
    if (node.type === 'comment') return '';
    if (node.type === 'set') return this.#set(node);
    if (node.type === 'references') {
      const evaluate = this.#expressions.compile(node);
      return (scope) => print(evaluate(scope));
    }
    throw new TemplateError(`#${node.type} is not supported here`);
  }

  #block(nodes: readonly Node[]): Emit {
    const [head, ...body] = nodes;
    const type = directive(head);
    if (type === 'foreach') return this.#foreach(head as Foreach, body);
    if (type === 'if') return this.#if(nodes);
    throw new TemplateError(`#${type} is not supported`);
  }

  /** The branches of an `#if` stand flat, each after its head. */
  #if(nodes: readonly Node[]): Emit {
    const branches: { condition: Condition; nodes: Node[] }[] = [];
    for (const node of nodes) {
      const type = directive(node);
      if (type === 'if' || type === 'elseif') {
        const { condition } = node as { condition: Expression };
        branches.push({ condition: this.#expressions.condition(`#${type}`, condition), nodes: [] });
      } else if (type === 'else') branches.push({ condition: () => true, nodes: [] });
      else branches.at(-1)?.nodes.push(node);
    }
    const compiled = branches.map(({ condition, nodes }) => ({ condition, emit: this.#nodes(nodes) }));
    return (scope) => compiled.find(({ condition }) => condition(scope))?.emit(scope) ?? '';
  }

  #foreach({ to, from }: Foreach, body: readonly Node[]): Emit {
    this.#assign(to);
    const list = this.#expressions.compile(from);
    const emit = this.#nodes(body);
    return (scope) => {
      const { variables } = scope;
      const items = itemsOf(list(scope));
      const outer = [to, 'foreach', 'velocityCount'].map((name) => [name, variables.get(name)] as const);
      let text = '';
      for (const [index, item] of items.entries()) {
        const [count, last] = [index + 1, index + 1 === items.length];
        variables.set(to, present(item));
        variables.set('foreach', { index, count, first: index === 0, last, hasNext: !last });
        variables.set('velocityCount', count);
        text += emit(scope);
      }
      for (const [name, value] of outer) {
        if (value === undefined) variables.delete(name);
        else variables.set(name, value);
      }
      return text;
    };
  }

  #set({ equal: [target, value] }: SetDirective): Emit {
    const evaluate = this.#expressions.compile(value);
    if (target.path === undefined) {
      this.#assign(target.id);
      return (scope) => {
        scope.variables.set(target.id, evaluate(scope));
        return '';
      };
    }
    const last = target.path.at(-1) as Step;
    if (last.type === 'method') throw new TemplateError('#set to a method call is not supported');
    const container = this.#expressions.compile({ ...target, path: target.path.slice(0, -1) });
    const key = last.type === 'property' ? () => last.id : this.#expressions.compile(last.id);
    const isOverride = target.id === 'context';
    return (scope) => {
      assignTo(container(scope), key(scope), evaluate(scope), isOverride);
      return '';
    };
  }

  #assign(name: string): void {
    if (RESERVED.has(name)) throw new TemplateError(`#set of $${name} is not supported`);
    this.#assigned.add(name);
  }
}

function directive(node: Node | undefined): string | undefined {
  return typeof node === 'object' && !Array.isArray(node) ? node.type : undefined;
}

/** Blanks before a `#set` belong to it in Velocity, unless other text goes before them on the line. */
function isSwallowed(nodes: readonly Node[], index: number): boolean {
  const [before, node, after] = [nodes[index - 1], nodes[index], nodes[index + 1]];
  const isBlank = typeof node === 'string' && /^[ \t]+$/.test(node);
  return isBlank && typeof before !== 'string' && directive(after) === 'set';
}

function itemsOf(value: Value): Value[] {
  const items = isMap(value) ? Object.values(value) : value === '' ? [] : value;
  if (!Array.isArray(items)) throw new TemplateError(`#foreach over a ${typeName(value)}`);
  if (items.length > LONGEST_LOOP) {
    throw new TemplateError(`#foreach over ${items.length} items: API Gateway allows ${LONGEST_LOOP}`);
  }
  return items;
}

function assignTo(container: Value, key: Value, value: Value, isOverride: boolean): void {
  if (Array.isArray(container)) {
    container[listIndex(container, key)] = value;
    return;
  }
  if (!isMap(container) || typeof key !== 'string') {
    throw new TemplateError(`#set of [${print(key)}] on a ${typeName(container)}`);
  }
  // API Gateway answers 5xx to it: «An override may only be applied to each parameter once».
  if (isOverride && Object.hasOwn(container, key)) {
    throw new TemplateError(`$context.responseOverride: ${key} is overridden twice`);
  }
  setKey(container, key, value);
}
