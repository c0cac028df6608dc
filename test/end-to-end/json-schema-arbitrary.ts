import fc from 'fast-check';
import type { JsonObject } from '../../local/aws.ts';

/** Values of a JSON schema, as far as the contracts use it. `$ref` is followed within the document. */

type Schema = JsonObject;

const asSchema = (value: unknown): Schema => value as Schema;
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** @throws Error for a schema that it does not understand: its requests would not be those of the contract */
export function arbitraryOf(schema: Schema, document: JsonObject): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return arbitraryOf(resolve(schema.$ref, document), document);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) {
    return fc.oneof(...alternatives.map((one) => arbitraryOf(asSchema(one), document)));
  }
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => arbitraryOf({ ...schema, type }, document)));
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const step = number(schema.multipleOf, 1);
      const min = Math.ceil(number(schema.minimum, -1000) / step);
      const max = Math.floor(number(schema.maximum, 1000) / step);
      return fc.integer({ min, max }).map((value) => value * step);
    }
    case 'number':
      return fc.double({
        min: number(schema.minimum, -1e6),
        max: number(schema.maximum, 1e6),
        noNaN: true,
        noDefaultInfinity: true,
      });
    case 'string':
      if (schema.format === 'uuid') return fc.uuid();
      if (typeof schema.pattern === 'string') return fc.stringMatching(new RegExp(schema.pattern));
      return fc.string({
        minLength: number(schema.minLength, 0),
        maxLength: Math.min(number(schema.maxLength, 30), 30),
        unit: 'grapheme',
      });
    case 'array':
      return fc.array(arbitraryOf(asSchema(schema.items ?? {}), document), {
        minLength: number(schema.minItems, 0),
        maxLength: Math.min(number(schema.maxItems, 3), 3),
      });
    case 'object':
      return objectOf(schema, document);
    default:
      if (Object.keys(schema).length === 0) return fc.jsonValue();
      throw new Error(`Not understood: ${JSON.stringify(schema).slice(0, 200)}`);
  }
}

function objectOf(schema: Schema, document: JsonObject): fc.Arbitrary<unknown> {
  const properties = Object.entries(asSchema(schema.properties ?? {}));
  const known = fc.record(
    Object.fromEntries(properties.map(([name, value]) => [name, arbitraryOf(asSchema(value), document)])),
    { requiredKeys: (schema.required ?? []) as string[] },
  );
  const additional = schema.additionalProperties;
  if (additional === false || additional === undefined || additional === true) return known;
  const more = fc.dictionary(fc.stringMatching(/^[a-z]{3,8}$/), arbitraryOf(asSchema(additional), document), {
    maxKeys: 2,
  });
  return fc.tuple(more, known).map(([extra, value]) => ({ ...extra, ...(value as object) }));
}

function resolve(reference: string, document: JsonObject): Schema {
  let value: unknown = document;
  for (const part of reference.replace(/^#\//, '').split('/')) value = asSchema(value)[part];
  if (value === undefined) throw new Error(`${reference} leads nowhere`);
  return asSchema(value);
}

/** The same value with one thing in it changed: another value, a field less, or a field more. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(value);
  return fc
    .tuple(
      fc.constantFrom(...places),
      fc.constantFrom('replace', 'drop', 'add'),
      fc.jsonValue({ maxDepth: 2 }),
    )
    .map(([place, how, other]) => change(value, place, how, other));
}

type Place = readonly (string | number)[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inside = Object.entries(value).flatMap(([key, child]) =>
    placesIn(child, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return [at, ...inside];
}

function change(value: unknown, [key, ...rest]: Place, how: string, other: unknown): unknown {
  if (key === undefined) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return how === 'add' && isObject ? { ...value, unheardOf: other } : other;
  }
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...value] as unknown as Record<number, unknown>)
    : { ...(value as object) };
  if (how === 'drop' && rest.length === 0 && !Array.isArray(value)) delete copy[key];
  else copy[key] = change(copy[key], rest, how, other);
  return copy;
}
