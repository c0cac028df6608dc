import type * as z from 'zod';

interface Written {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** Takes out of a JSON schema that zod has written what a reader of a contract has no use for. */
export function readable({ zodSchema, jsonSchema }: Written): void {
  const { def } = zodSchema._zod;
  // The format says it in one word. Times are UTC with milliseconds, which the documents say once.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  // JavaScript's own limits.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // zod closes the objects that it puts out; answers and events may gain fields.
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (def.type === 'record') {
    // Names in JSON are always texts.
    delete jsonSchema.propertyNames;
    // Any JSON, which zod writes as a recursion of all its kinds.
    if (def.valueType._zod.def.type === 'lazy') delete jsonSchema.additionalProperties;
  }
}
