import { contextVariable } from './context.ts';
import { callMethod, isKnownMethod } from './java-methods.ts';
import {
  getIndex,
  getProperty,
  JavaList,
  present,
  print,
  setKey,
  typeName,
  type Value,
  type ValueMap,
} from './java-values.ts';
import { operators } from './operators.ts';
import { TemplateError } from './template-error.ts';
import { stringArgument, type TemplateInput } from './template-input.ts';
import type { Expression, Literal, Operation, Reference, Step } from './template-syntax.ts';
import { utilFunctions } from './template-util.ts';

/** What a template sees while it is rendered. */
export interface Scope {
  readonly input: TemplateInput;
  readonly variables: Map<string, Value>;
}
export type Evaluate = (scope: Scope) => Value;
export type Condition = (scope: Scope) => boolean;

/** A quota of API Gateway: iterations in a `#foreach` loop. */
export const LONGEST_LOOP = 1000;
const LOOP_PROPERTIES = new Set(['count', 'first', 'hasNext', 'index', 'last']);

const INPUT_FUNCTIONS = new Map<string, (input: TemplateInput, argument: string) => Value>([
  ['json', (input, path) => input.json(path)],
  ['params', (input, name) => input.param(name)],
  ['path', (input, path) => input.path(path)],
]);

/** Compiles the expressions of one template. @throws TemplateError naming what is not supported */
export class Expressions {
  /** Names of variables that the template reads. */
  readonly read = new Set<string>();
  readonly #compileText: (source: string) => Evaluate;

  /** @param compileText for the text in double quotes, which is a template itself */
  constructor(compileText: (source: string) => Evaluate) {
    this.#compileText = compileText;
  }

  compile(node: Expression): Evaluate {
    if (node.type === 'references') return this.#reference(node);
    if (node.type === 'math') return this.#operation(node);
    return this.#literal(node);
  }

  /**
   * Velocity 1 takes every value but null and false for true, the empty string too; Velocity 2 does not; what a
   * missing value is in API Gateway is not documented. So a condition has to be a Boolean here.
   */
  condition(operator: string, node: Expression): Condition {
    const evaluate = this.compile(node);
    return (scope) => {
      const value = evaluate(scope);
      if (typeof value === 'boolean') return value;
      const found = `${operator} of a ${typeName(value)} ("${print(value)}")`;
      throw new TemplateError(`${found} is not supported: compare instead, for example with ""`);
    };
  }

  #literal(node: Literal): Evaluate {
    switch (node.type) {
      case 'string':
        return this.#string(node.value, node.isEval === true);
      case 'integer':
      case 'decimal': {
        const value = Number(node.value);
        return () => value;
      }
      case 'bool': {
        if (node.value === 'null') throw new TemplateError('Velocity knows no null: compare with ""');
        const value = node.value === 'true';
        return () => value;
      }
      case 'array':
        return this.#array(node.value, node.isRange === true);
      case 'map':
        return this.#map(node.value ?? {});
      default:
        throw new TemplateError(`the literal ${JSON.stringify(node)} is not supported`);
    }
  }

  /** Velocity knows no escapes in strings but `\uXXXX` in double quotes, which the parser does not. */
  #string(text: string, isTemplate: boolean): Evaluate {
    if (text.includes(isTemplate ? '"' : "'")) {
      throw new TemplateError('an escaped quote in a string is not supported: Velocity has no such escape');
    }
    if (isTemplate && /\\u[0-9A-Fa-f]{4}/.test(text)) {
      throw new TemplateError('\\u in a string is not supported');
    }
    return isTemplate && /[$#]/.test(text) ? this.#compileText(text) : () => text;
  }

  #array(values: readonly (Expression | string)[], isRange: boolean): Evaluate {
    const items = values.map((value) => {
      if (typeof value !== 'string') return this.compile(value);
      const bound = Number(value);
      return () => bound;
    });
    if (!isRange) return (scope) => JavaList.from(items, (item) => item(scope));
    return (scope) => {
      const [first, last] = items.map((item) => item(scope)) as [Value, Value];
      if (typeof first !== 'number' || typeof last !== 'number' || Math.abs(last - first) >= LONGEST_LOOP) {
        throw new TemplateError(`the range [${print(first)}..${print(last)}] is not supported`);
      }
      const step = first <= last ? 1 : -1;
      return JavaList.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + index * step);
    };
  }

  #map(given: Readonly<Record<string, Expression>>): Evaluate {
    const entries = Object.entries(given).map(([key, value]) => [key, this.compile(value)] as const);
    return (scope) => {
      const map: ValueMap = {};
      for (const [key, value] of entries) setKey(map, key, value(scope));
      return map;
    };
  }

  #operation({ operator, expression }: Operation): Evaluate {
    const [first, second] = expression as [Expression, Expression];
    if (operator === 'parenthesis') return this.compile(first);
    if (operator === 'not') {
      const condition = this.condition('!', first);
      return (scope) => !condition(scope);
    }
    if (operator === '&&' || operator === '||') return this.#logic(operator, first, second);
    const operate = operators[operator];
    if (operate === undefined) throw new TemplateError(`the operator ${operator} is not supported`);
    const [left, right] = [this.compile(first), this.compile(second)];
    return (scope) => operate(left(scope), right(scope));
  }

  #logic(operator: '&&' | '||', first: Expression, second: Expression): Evaluate {
    const other = operator === '&&' ? '||' : '&&';
    if ([first, second].some((operand) => operand.type === 'math' && operand.operator === other)) {
      // The parser reads both from left to right, Velocity && before ||.
      throw new TemplateError('&& beside || needs parentheses');
    }
    const [left, right] = [this.condition(operator, first), this.condition(operator, second)];
    if (operator === '&&') return (scope) => left(scope) && right(scope);
    return (scope) => left(scope) || right(scope);
  }

  #reference({ id, path = [], args }: Reference): Evaluate {
    if (args !== undefined) throw new TemplateError(`$${id}(…) is not supported`);
    if (id === 'input') return this.#input(path);
    if (id === 'util') return this.#util(path);
    if (id === 'context') return this.#context(path);
    if (id === 'stageVariables') return this.#steps(({ input }) => input.call.api.stage.variables, path);
    if (id === 'foreach') {
      const [step] = path;
      if (step?.type !== 'property' || !LOOP_PROPERTIES.has(step.id)) {
        throw new TemplateError(`$foreach${describe(step)} is not supported`);
      }
    } else if (id !== 'velocityCount') this.read.add(id);
    return this.#steps(({ variables }) => present(variables.get(id)), path);
  }

  #input([step, ...rest]: readonly Step[]): Evaluate {
    const name = `$input${describe(step)}`;
    if (step?.type === 'property' && step.id === 'body') {
      return this.#steps(({ input }) => input.body, rest);
    }
    const [argument, ...more] = this.#arguments(step);
    if (step?.type === 'method' && step.id === 'params' && argument === undefined) {
      return this.#steps(({ input }) => input.params(), rest);
    }
    const call = step?.type === 'method' ? INPUT_FUNCTIONS.get(step.id) : undefined;
    if (call === undefined || argument === undefined || more.length > 0) {
      throw new TemplateError(`${name} with these arguments is not supported`);
    }
    return this.#steps((scope) => call(scope.input, stringArgument(name, argument(scope))), rest);
  }

  #util([step, ...rest]: readonly Step[]): Evaluate {
    const name = `$util${describe(step)}`;
    const call = step?.type === 'method' ? utilFunctions.get(step.id) : undefined;
    if (call === undefined) throw new TemplateError(`${name} is not supported`);
    const [argument, ...more] = this.#arguments(step);
    if (argument === undefined || more.length > 0) throw new TemplateError(`${name} takes one argument`);
    return this.#steps((scope) => call(stringArgument(name, argument(scope))), rest);
  }

  #context(path: readonly Step[]): Evaluate {
    const [first, second] = path.map((step) => (step.type === 'property' ? step.id : undefined));
    if (first === 'responseOverride') {
      return this.#steps(({ input }) => input.call.responseOverride, path.slice(1));
    }
    const isGroup = first === 'authorizer' || first === 'identity';
    const name = isGroup ? `${first}.${second ?? ''}` : (first ?? '');
    const variable = contextVariable(name);
    if (variable === undefined) {
      throw new TemplateError(`$context${path.slice(0, 2).map(describe).join('')} is not supported`);
    }
    return this.#steps(({ input }) => variable(input.call), path.slice(isGroup ? 2 : 1));
  }

  #steps(start: Evaluate, path: readonly Step[]): Evaluate {
    return path.reduce((of, step) => this.#step(of, step), start);
  }

  #step(of: Evaluate, step: Step): Evaluate {
    if (step.type === 'property') return (scope) => getProperty(of(scope), step.id);
    if (step.type === 'index') {
      const index = this.compile(step.id);
      return (scope) => getIndex(of(scope), index(scope));
    }
    if (!isKnownMethod(step.id)) throw new TemplateError(`.${step.id}() is not supported`);
    const args = this.#arguments(step);
    return (scope) => {
      const self = of(scope);
      return callMethod(
        self,
        step.id,
        args.map((argument) => argument(scope)),
      );
    };
  }

  #arguments(step: Step | undefined): Evaluate[] {
    return step?.type === 'method' ? (step.args || []).map((argument) => this.compile(argument)) : [];
  }
}

function describe(step: Step | undefined): string {
  if (step === undefined) return '';
  if (step.type === 'index') return '[…]';
  return step.type === 'method' ? `.${step.id}()` : `.${step.id}`;
}
