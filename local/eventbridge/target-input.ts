import * as z from 'zod';
import type { Json, JsonObject } from '../aws.ts';

/** `$.detail.executionArn`, with dashes in names, and places in lists. */
const Path = z
  .string()
  .regex(/^\$(\.[\w-]+(\[\d+\])?)*$/, 'only paths such as $.detail.status are supported');

/** What a target gets in place of the event: one of them, or none. */
export const InputProperties = z.object({
  Input: z.string().optional(),
  InputPath: Path.optional(),
  InputTransformer: z
    .strictObject({ InputPathsMap: z.record(z.string(), Path).default({}), InputTemplate: z.string() })
    .optional(),
});
type InputProperties = z.infer<typeof InputProperties>;

/** A variable of a template, in the middle of a JSON text or, with the rest of the text, within quotes. */
const PARTS = /"(?:[^"\\]|\\.)*"|<([\w.-]+)>/g;
const VARIABLE = /<([\w.-]+)>/g;

/**
 * What a target is called with for an event.
 * Source: Amazon EventBridge User Guide, «Amazon EventBridge input transformation».
 * @returns JSON text
 * @throws Error for a path that the event does not have, where EventBridge would leave a gap, and for a template that
 * makes no JSON
 */
export function inputFor({ Input, InputPath, InputTransformer }: InputProperties, event: JsonObject): string {
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) return JSON.stringify(at(event, InputPath));
  if (InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap, InputTemplate } = InputTransformer;
  const value = (name: string): Json => {
    if (name === 'aws.events.event.json') return event;
    const path = InputPathsMap[name];
    if (path === undefined) throw new Error(`the input template has an unknown variable <${name}>`);
    return at(event, path);
  };
  const text = InputTemplate.replace(PARTS, (part, name: string | undefined) =>
    name === undefined ? quoted(part, value) : JSON.stringify(value(name)),
  );
  JSON.parse(text);
  return text;
}

/** Within quotes a text is a part of the text, and anything else its JSON. */
const quoted = (part: string, value: (name: string) => Json): string =>
  part.replace(VARIABLE, (_, name: string) => {
    const found = value(name);
    const text = typeof found === 'string' ? found : JSON.stringify(found);
    return JSON.stringify(text).slice(1, -1);
  });

function at(event: JsonObject, path: string): Json {
  let value: Json | undefined = event;
  for (const [step] of path.matchAll(/[\w-]+/g)) {
    const of: Json | undefined = value;
    if (typeof of !== 'object' || of === null) value = undefined;
    else value = Array.isArray(of) ? of[Number(step)] : of[step];
  }
  if (value === undefined) throw new Error(`the event has no ${path}`);
  return value;
}
