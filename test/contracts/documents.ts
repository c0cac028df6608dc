import { readFileSync } from 'node:fs';
import type { Ajv } from 'ajv';
import type { Json, JsonObject } from '../../local/aws.ts';

/** A contract as it is in the repository. */
export const contract = (name: string): JsonObject =>
  JSON.parse(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8'));

/** A value in a document, and the JSON pointer to it. */
export interface Place {
  readonly pointer: string;
  readonly value: JsonObject;
}

/** Every object in a document, but for what examples hold. */
export function objectsIn(value: Json | undefined, pointer = '#'): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.entries(value)
    .filter(([key]) => key !== 'example' && key !== 'examples')
    .flatMap(([key, member]) => objectsIn(member, `${pointer}/${escaped(key)}`));
  return Array.isArray(value) ? inside : [{ pointer, value }, ...inside];
}

const escaped = (key: string): string => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

/** What a pointer leads to. */
export function at(document: JsonObject, pointer: string): Json | undefined {
  const keys = pointer.split('/').slice(1);
  return keys.reduce<Json | undefined>((value, key) => {
    const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
      ? value[name]
      : Array.isArray(value)
        ? value[Number(name)]
        : undefined;
  }, document);
}

/** What an object refers to, or itself. */
export function resolved(document: JsonObject, value: Json | undefined): JsonObject {
  const { $ref } = value as JsonObject;
  return (typeof $ref === 'string' ? at(document, $ref) : value) as JsonObject;
}

export const danglingRefs = (document: JsonObject): string[] =>
  objectsIn(document)
    .map(({ value }) => value.$ref)
    .filter((ref): ref is string => typeof ref === 'string')
    .filter((ref) => at(document, ref) === undefined);

/** Says what is wrong with a value by the schema that stands in a document; empty if nothing is. */
export function checker(ajv: Ajv, document: JsonObject): (pointer: string, value: unknown) => string {
  ajv.addSchema(document, 'document');
  return (pointer, value) => {
    const validate = ajv.getSchema(`document${pointer}`);
    if (validate === undefined) return `there is no schema ${pointer}`;
    return validate(value) ? '' : `${pointer}: ${ajv.errorsText(validate.errors)}`;
  };
}
