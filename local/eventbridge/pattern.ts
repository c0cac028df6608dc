import type { Json, JsonObject } from '../aws.ts';

/** Whether a value, of which an event may have none, is what a pattern wants at its place. */
type Test = (value: Json | undefined) => boolean;

/**
 * Compiles an event pattern: exact values, `prefix`, `suffix`, `exists`, and `anything-but` of values or of a `prefix`.
 * Source: Amazon EventBridge User Guide, «Amazon EventBridge event patterns».
 * @throws Error naming the field for anything else
 */
export function compilePattern(pattern: Json): (event: JsonObject) => boolean {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) throw refusal('EventPattern', pattern);
  return compileFields(pattern, []);
}

function compileFields(pattern: JsonObject, path: readonly string[]): Test {
  const tests = Object.entries(pattern).map(([name, wanted]) => {
    if (name.startsWith('$')) throw refusal([...path, name].join('.'), name);
    return [name, compileField(wanted, [...path, name])] as const;
  });
  return (value) => tests.every(([name, test]) => test(isObject(value) ? value[name] : undefined));
}

function compileField(wanted: Json, path: readonly string[]): Test {
  if (isObject(wanted)) return compileFields(wanted, path);
  const place = path.join('.');
  if (!Array.isArray(wanted) || wanted.length === 0) throw refusal(place, wanted);
  const tests = wanted.map((condition) => compileCondition(condition, place));
  return (value) => tests.some((test) => test(value));
}

function compileCondition(condition: Json, place: string): Test {
  if (!isObject(condition)) return ofAny(equals(condition, place));
  const [[operator, operand] = [], ...more] = Object.entries(condition);
  if (operator === undefined || operand === undefined || more.length > 0) throw refusal(place, condition);
  if (operator === 'exists' && typeof operand === 'boolean') {
    return (value) => (value !== undefined) === operand;
  }
  if (operator === 'anything-but') {
    const except = [operand]
      .flat()
      .map((item) => (isObject(item) ? compileText(item, place) : equals(item, place)));
    return ofAny((value) => !except.some((test) => test(value)));
  }
  return ofAny(compileText(condition, place));
}

/** `{prefix: …}` or `{suffix: …}` */
function compileText(condition: JsonObject, place: string): (value: Json) => boolean {
  const [[operator, operand] = [], ...more] = Object.entries(condition);
  if (typeof operand === 'string' && more.length === 0) {
    if (operator === 'prefix') return (value) => typeof value === 'string' && value.startsWith(operand);
    if (operator === 'suffix') return (value) => typeof value === 'string' && value.endsWith(operand);
  }
  throw refusal(place, condition);
}

function equals(wanted: Json, place: string): (value: Json) => boolean {
  if (Array.isArray(wanted)) throw refusal(place, wanted);
  return (value) => value === wanted;
}

/** Of a list in an event, one value is enough. */
const ofAny =
  (test: (value: Json) => boolean): Test =>
  (value) =>
    value !== undefined && [value].flat().some(test);

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refusal = (place: string, what: Json): Error =>
  new Error(`the local stage does not know ${JSON.stringify(what)} in the event pattern at ${place}`);
