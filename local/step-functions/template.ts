import type { ZodType } from 'zod';
import type { Json, JsonObject } from '../aws.ts';
import type { Field } from './field.ts';
import { compileExpression, type Evaluate } from './jsonata.ts';

/**
 * Compiles any JSON whose strings may be expressions, `{% … %}` as a whole; other strings are literals.
 * Every evaluation builds new objects and arrays, so nobody can change the definition through a result.
 * Source: States Language, «JSONata Evaluation».
 * @throws Error for an expression that is not understood
 */
export function compileTemplate(template: Json, field: Field): Evaluate {
  if (typeof template === 'string') return compileText(template, field);
  if (template === null || typeof template !== 'object') return () => template;
  if (!Array.isArray(template)) return compileObject(template, field);
  const items = template.map((item, index) => compileTemplate(item, field.at(index)));
  return async (scope) => {
    const values: Json[] = [];
    for (const evaluate of items) values.push(await evaluate(scope));
    return values;
  };
}

/** {@link compileTemplate} for an object, such as an `Assign`. */
export function compileObject(template: JsonObject, field: Field): Evaluate<JsonObject> {
  const members = Object.entries(template).map(
    ([name, value]) => [name, compileTemplate(value, field.at(name))] as const,
  );
  return async (scope) => {
    const values: [string, Json][] = [];
    for (const [name, evaluate] of members) values.push([name, await evaluate(scope)]);
    return Object.fromEntries(values);
  };
}

/**
 * {@link compileTemplate} for a field that takes only some values, such as a number of seconds.
 * @throws Error for a literal of another type; an expression of another type fails the evaluation
 */
export function compileValue<T extends Json>(template: Json, type: ZodType<T>, field: Field): Evaluate<T> {
  const evaluate = compileTemplate(template, field);
  if (!isExpression(template)) {
    const { error } = type.safeParse(template);
    if (error) throw field.refusal(error.issues.map(({ message }) => message).join('; '));
  }
  return async (scope) => {
    const { data, error } = type.safeParse(await evaluate(scope));
    if (!error) return data;
    throw field.evaluationError(
      `The value does not fit: ${error.issues.map(({ message }) => message).join('; ')}`,
    );
  };
}

function isExpression(template: Json): boolean {
  return typeof template === 'string' && template.startsWith('{%') && template.endsWith('%}');
}

function compileText(text: string, field: Field): Evaluate {
  if (isExpression(text)) return compileExpression(text.slice(2, -2).trim(), field);
  if (text.startsWith('{%') || text.endsWith('%}')) {
    throw field.refusal(`an expression starts with {% and ends with %}: ${text}`);
  }
  return () => text;
}
