import { type Call, contextVariable } from './context.ts';
import type { GatewayError } from './gateway-responses.ts';
import { parameterSource } from './parameter-mapping.ts';

export type GatewayTemplate = (error: GatewayError, call: Call) => string;

const ERROR_VARIABLES: Readonly<Record<string, GatewayTemplate>> = {
  'error.message': (error) => error.message,
  'error.responseType': (error) => error.type,
  'error.validationErrorString': (error) => error.validationError,
};

/** A variable's name has dots inside, never at the end, where a sentence may end. */
const VARIABLE = /\$(?:\{([^}]*)\}|([A-Za-z][\w-]*(?:\.[\w-]+)*))/g;

/**
 * The template of a gateway response: no VTL, only `$context.…`, `$stageVariables.…` and `$method.request.…` are
 * replaced. @throws Error naming a directive or a variable that is not supported
 */
export function compileGatewayTemplate(source: string, contentType: string): GatewayTemplate {
  const directive = /#(?:set|if|foreach)\b/.exec(source);
  if (directive !== null) throw new Error(`${directive[0]}: these templates are no VTL`);
  const parts: GatewayTemplate[] = [];
  let end = 0;
  for (const match of source.matchAll(VARIABLE)) {
    const text = source.slice(end, match.index);
    parts.push(() => text, substitution((match[1] ?? match[2]) as string, contentType));
    end = match.index + match[0].length;
  }
  const rest = source.slice(end);
  parts.push(() => rest);
  return (error, call) => parts.map((part) => part(error, call)).join('');
}

/**
 * Values go into JSON escaped, so that a message that quotes the request cannot break the answer's JSON; AWS does
 * not document what it does.
 */
function substitution(name: string, contentType: string): GatewayTemplate {
  if (name === 'context.error.messageString') return (error) => error.messageString;
  const value = variableValue(name);
  if (!contentType.includes('json')) return value;
  return (error, call) => JSON.stringify(value(error, call)).slice(1, -1);
}

function variableValue(name: string): GatewayTemplate {
  if (name.startsWith('method.request.') || name.startsWith('stageVariables.')) {
    const source = parameterSource(name, undefined);
    return (_error, call) => source(call) ?? '';
  }
  const variable = name.startsWith('context.') ? name.slice('context.'.length) : '';
  const ofError = Object.hasOwn(ERROR_VARIABLES, variable) ? ERROR_VARIABLES[variable] : undefined;
  if (ofError !== undefined) return ofError;
  const ofContext = contextVariable(variable);
  if (ofContext === undefined) throw new Error(`$${name} is not supported`);
  return (_error, call) => String(ofContext(call));
}
