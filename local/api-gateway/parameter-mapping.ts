import type { IntegrationAnswer } from './answer.ts';
import { type Call, contextVariable } from './context.ts';
import { parseJsonPath, readJsonPath } from './json-path.ts';
import { TemplateInput } from './template-input.ts';

/** The value of a mapped parameter; `undefined` where its source has none: the parameter is then left out. */
export type ParameterSource = (call: Call, answer?: IntegrationAnswer) => string | undefined;

const METHOD_PARAMETER = /^method\.request\.(header|path|querystring)\.([\w.$-]+)$/;

/**
 * The right-hand side of a parameter mapping, without `$`: `'literal'`, `method.request.header.x`,
 * `integration.response.header.x`, `integration.response.body.a.b`, `context.x`, `stageVariables.x`.
 * Source: «API request and response data mapping reference» in the API Gateway developer guide.
 * @param declared the method's own `RequestParameters`: API Gateway refuses to map a parameter that is not there;
 *   `undefined` where it does not ask for it (gateway responses)
 * @throws Error for any other expression
 */
export function parameterSource(
  expression: string,
  declared: ReadonlySet<string> | undefined,
): ParameterSource {
  const literal = /^'(.*)'$/s.exec(expression);
  if (literal !== null) return () => literal[1];
  const parameter = METHOD_PARAMETER.exec(expression);
  if (parameter !== null) {
    const [, location, name] = parameter as unknown as [string, string, string];
    if (declared !== undefined && !declared.has(expression)) {
      throw new Error(`${expression} is not declared in the method's RequestParameters`);
    }
    return ({ request }) => request.parameter(location, name);
  }
  const source = named(expression);
  if (source === undefined) throw new Error(`the mapping expression ${expression} is not supported`);
  return source;
}

function named(expression: string): ParameterSource | undefined {
  const header = after('integration.response.header.', expression)?.toLowerCase();
  if (header !== undefined) return (_call, answer) => answer?.headers[header];
  if (expression === 'integration.response.body') return (_call, answer) => answer?.body;
  const field = after('integration.response.body.', expression);
  if (field !== undefined) {
    const path = parseJsonPath(`$.${field}`);
    return (call, answer) => {
      const value = readJsonPath(new TemplateInput(call, answer ?? '').document, path);
      return typeof value === 'string' ? value : value === undefined ? undefined : JSON.stringify(value);
    };
  }
  const stageVariable = after('stageVariables.', expression);
  if (stageVariable !== undefined) return ({ api }) => api.stage.variables[stageVariable];
  const variable = contextVariable(after('context.', expression) ?? '');
  return variable && ((call) => String(variable(call)));
}

function after(prefix: string, text: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
