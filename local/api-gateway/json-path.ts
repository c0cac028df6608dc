import type { Json } from '../aws.ts';
import { TemplateError } from './template-error.ts';

export type JsonPath = readonly (string | number)[];

const STEP = /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^'\\]+)'\]|\["([^"\\]+)"\]/y;

/** Paths stand in templates, so there are few; those built from a request must not fill the memory. */
const MOST_PARSED = 100;
const parsed = new Map<string, JsonPath>();

/**
 * The part of JSONPath that names one value: `$`, `$.a.b`, `$.a[0]`, `$['a']`.
 * @throws TemplateError for wildcards, filters, slices and functions
 */
export function parseJsonPath(path: string): JsonPath {
  let steps = parsed.get(path);
  if (steps === undefined) {
    steps = parse(path);
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(path, steps);
  }
  return steps;
}

function parse(path: string): JsonPath {
  const steps: (string | number)[] = [];
  let at = 1;
  while (at < path.length) {
    STEP.lastIndex = at;
    const step = STEP.exec(path);
    if (step === null) break;
    const [, name, index, single, double] = step;
    steps.push(index === undefined ? ((name ?? single ?? double) as string) : Number(index));
    at = STEP.lastIndex;
  }
  if (!path.startsWith('$') || at !== path.length) {
    throw new TemplateError(`the JSONPath "${path}" is not supported`);
  }
  return steps;
}

/** The value at the path; `undefined` where there is none. */
export function readJsonPath(document: Json, path: JsonPath): Json | undefined {
  let value: Json | undefined = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) value = typeof step === 'number' ? value[step] : undefined;
    else value = typeof step === 'string' && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
