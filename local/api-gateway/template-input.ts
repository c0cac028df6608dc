import type { Json } from '../aws.ts';
import type { IntegrationAnswer } from './answer.ts';
import type { Call } from './context.ts';
import { present, print, setKey, type Value, type ValueMap } from './java-values.ts';
import { parseJsonPath, readJsonPath } from './json-path.ts';
import { TemplateError } from './template-error.ts';

/** What `$input` stands for: the payload (of the request, or of the integration's answer) and the parameters. */
export class TemplateInput {
  readonly call: Call;
  readonly #payload: string | Pick<IntegrationAnswer, 'body'>;
  #document: Json | undefined;

  /** @param payload as text, or as an answer, whose text need not be made unless a template asks for it */
  constructor(call: Call, payload: string | Pick<IntegrationAnswer, 'body' | 'document'>) {
    this.call = call;
    this.#payload = payload;
    if (typeof payload === 'object') this.#document = payload.document;
  }

  /** The payload as it came; an empty one is `{}` (recorded from AWS by localstack). */
  get body(): string {
    const text = this.#text;
    return text === '' ? '{}' : text;
  }

  get #text(): string {
    return typeof this.#payload === 'string' ? this.#payload : this.#payload.body;
  }

  /** A payload that is no JSON counts as one string, as in API Gateway's lenient parser. */
  get document(): Json {
    if (this.#document === undefined) {
      try {
        this.#document = JSON.parse(this.body) as Json;
      } catch {
        this.#document = this.#text;
      }
    }
    return this.#document;
  }

  /** `$input.path(x)`. */
  path(path: string): Value {
    return present(readJsonPath(this.document, parseJsonPath(path)));
  }

  /**
   * `$input.json(x)`; `""` where there is nothing, as API Gateway renders it.
   * @throws TemplateError for a JSON null, whose rendering AWS does not document
   */
  json(path: string): string {
    const value = readJsonPath(this.document, parseJsonPath(path));
    if (value === null) throw new TemplateError(`$input.json("${path}") of a null is not supported`);
    return JSON.stringify(value ?? '');
  }

  /** `$input.params(name)`: path, then query string, then header. */
  param(name: string): string {
    const { request } = this.call;
    return request.pathParameters.get(name) ?? request.query(name) ?? request.header(name) ?? '';
  }

  /** `$input.params()`; header names as the client wrote them. */
  params(): ValueMap {
    const { request } = this.call;
    return {
      path: toMap(request.pathParameters),
      querystring: lastValues(request.allQueryParameters()),
      header: lastValues(request.allHeaders()),
    };
  }
}

function toMap(entries: Iterable<readonly [string, string]>): ValueMap {
  const map: ValueMap = {};
  for (const [name, value] of entries) setKey(map, name, value);
  return map;
}

function lastValues(all: ReadonlyMap<string, string[]>): ValueMap {
  return toMap(Array.from(all, ([name, values]) => [name, values.at(-1) ?? ''] as const));
}

/** A string argument of `$input` and `$util` functions. */
export function stringArgument(name: string, value: Value): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`${name} takes a string, not ${print(value)}`);
}
