import type { Json, JsonObject } from '../aws.ts';

/** What intrinsic functions look up while a stack is created. */
export interface Scope {
  /** Pseudo parameters, parameters, and the resources created so far. @throws Error if there is no such name */
  ref(name: string): Json;
  /** @throws Error if there is no such attribute */
  getAtt(logicalId: string, attribute: string): Json;
  importValue(name: string): Json;
  /** @throws Error if the stack, created before, has no such output */
  stackOutput(stackName: string, output: string): Json;
  condition(name: string): boolean;
  readonly mappings: JsonObject;
}

/** Stands for `AWS::NoValue`: the key or element that holds it is left out. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;

/**
 * A template's value with all intrinsic functions carried out.
 * @throws Error that names an intrinsic function which is not supported
 */
export function resolve(value: Json, scope: Scope): Json {
  const resolved = resolveAny(value, scope);
  return resolved === NO_VALUE ? null : resolved;
}

function resolveAny(value: Json, scope: Scope): Resolved {
  if (Array.isArray(value)) {
    return value.map((item) => resolveAny(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (value === null || typeof value !== 'object') return value;

  const [entry, ...others] = Object.entries(value);
  if (entry !== undefined && others.length === 0) {
    const [name, argument] = entry;
    if (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::')) return call(name, argument, scope);
  }
  const resolved: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const result = resolveAny(item, scope);
    if (result !== NO_VALUE) resolved[key] = result;
  }
  return resolved;
}

function call(name: string, argument: Json, scope: Scope): Resolved {
  const resolved = (value: Json | undefined): Json => resolve(value ?? null, scope);
  const list = (): Json[] => {
    const value = resolved(argument);
    if (!Array.isArray(value)) throw new Error(`${name} needs a list`);
    return value;
  };

  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? NO_VALUE : scope.ref(String(argument));
    case 'Fn::GetAtt': {
      const [logicalId = '', ...attribute] = Array.isArray(argument)
        ? argument.map(String)
        : String(argument).split('.');
      return scope.getAtt(logicalId, attribute.join('.'));
    }
    case 'Fn::ImportValue':
      return scope.importValue(String(resolved(argument)));
    case 'Fn::GetStackOutput': {
      // References between stacks that do not lock each other; the region is the one there is.
      const { StackName = null, OutputName = null } = argument as JsonObject;
      return scope.stackOutput(String(resolved(StackName)), String(resolved(OutputName)));
    }
    case 'Fn::Join': {
      const [separator, items] = list();
      if (!Array.isArray(items)) throw new Error('Fn::Join needs a list to join');
      return items.map(String).join(String(separator));
    }
    case 'Fn::Select': {
      const [index, items] = list();
      const item = Array.isArray(items) ? items[Number(index)] : undefined;
      if (item === undefined) throw new Error(`Fn::Select finds no element ${String(index)}`);
      return item;
    }
    case 'Fn::Split': {
      const [separator, text] = list();
      return String(text).split(String(separator));
    }
    case 'Fn::Sub':
      return substitute(argument, scope);
    case 'Fn::Base64':
      return Buffer.from(String(resolved(argument))).toString('base64');
    case 'Fn::GetAZs': {
      const region = resolved(argument) || scope.ref('AWS::Region');
      return ['a', 'b', 'c'].map((zone) => `${String(region)}${zone}`);
    }
    case 'Fn::FindInMap': {
      const [map, key, name_] = list().map(String);
      const found = lookUp(lookUp(lookUp(scope.mappings, map), key), name_);
      if (found === undefined) throw new Error(`Mapping ${map}.${key}.${name_} does not exist`);
      return found;
    }
    case 'Fn::If': {
      const [condition, yes = null, no = null] = Array.isArray(argument) ? argument : [];
      return resolveAny(scope.condition(String(condition)) ? yes : no, scope);
    }
    case 'Condition':
      return scope.condition(String(argument));
    case 'Fn::Equals': {
      const [left, right] = list();
      return left === right;
    }
    case 'Fn::Not':
      return !list()[0];
    case 'Fn::And':
      return list().every(Boolean);
    case 'Fn::Or':
      return list().some(Boolean);
    default:
      throw new Error(`The local stage does not know the intrinsic function ${name}`);
  }
}

function lookUp(value: Json | undefined, key: string | undefined): Json | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || key === undefined)
    return undefined;
  return value[key];
}

function substitute(argument: Json, scope: Scope): string {
  const [text, variables] = Array.isArray(argument) ? argument : [argument];
  return String(text).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    // `${!Name}` stands for the text `${Name}`.
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    const variable = lookUp(variables, name);
    if (variable !== undefined) return String(resolve(variable, scope));
    const [logicalId = '', ...attribute] = name.split('.');
    return String(attribute.length > 0 ? scope.getAtt(logicalId, attribute.join('.')) : scope.ref(name));
  });
}

/** The logical ids that a value refers to. */
export function references(value: Json): Set<string> {
  const found = new Set<string>();
  const visit = (item: Json): void => {
    if (Array.isArray(item)) {
      for (const element of item) visit(element);
      return;
    }
    if (item === null || typeof item !== 'object') return;
    for (const [key, argument] of Object.entries(item)) {
      if (key === 'Ref') found.add(String(argument));
      if (key === 'Fn::GetAtt')
        found.add(Array.isArray(argument) ? String(argument[0]) : (String(argument).split('.')[0] ?? ''));
      if (key === 'Fn::Sub') {
        const text = String(Array.isArray(argument) ? argument[0] : argument);
        for (const [, name = ''] of text.matchAll(/\$\{([^!][^}]*)\}/g)) found.add(name.split('.')[0] ?? '');
      }
      visit(argument);
    }
  };
  visit(value);
  return found;
}
