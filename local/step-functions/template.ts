import type { ZodType } from 'zod';
import type { Json, JsonObject } from '../aws.ts';
import type { Field } from './field.ts';
import { compileExpression, type Evaluate, type Scope } from './jsonata.ts';

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
  return (scope) => evaluateAll(items, scope);
}

/** {@link compileTemplate} for an object, such as an `Assign`. */
export function compileObject(template: JsonObject, field: Field): Evaluate<JsonObject> {
  const names = Object.keys(template);
  const members = Object.entries(template).map(([name, value]) => compileTemplate(value, field.at(name)));
  const toObject = (values: readonly Json[]): JsonObject =>
    Object.fromEntries(values.map((value, index) => [names[index] as string, value]));
  return (scope) => {
    const values = evaluateAll(members, scope);
    return values instanceof Promise ? values.then(toObject) : toObject(values);
  };
}

/** One after the other; at once, as far as they are known at once: to wait for each costs more than most of them. */
function evaluateAll(parts: readonly Evaluate[], scope: Scope): Json[] | Promise<Json[]> {
  const values: Json[] = [];
  for (const [index, evaluate] of parts.entries()) {
    const value = evaluate(scope);
    if (value instanceof Promise) return awaitRest(values, value, parts.slice(index + 1), scope);
    values.push(value);
  }
  return values;
}

async function awaitRest(
  values: Json[],
  next: Promise<Json>,
  rest: readonly Evaluate[],
  scope: Scope,
): Promise<Json[]> {
  values.push(await next);
  for (const evaluate of rest) values.push(await evaluate(scope));
  return values;
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
