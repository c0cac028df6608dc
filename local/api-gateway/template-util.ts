import type { Json } from '../aws.ts';
import { present, type Value } from './java-values.ts';
import { TemplateError } from './template-error.ts';

/**
 * `$util`. Source: «Variables for data transformations» in the API Gateway developer guide; `escapeJavaScript` as
 * Apache Commons Lang 2.6 and Text do it, `urlEncode` as `java.net.URLEncoder`.
 */
export const utilFunctions: ReadonlyMap<string, (text: string) => Value> = new Map(
  Object.entries<(text: string) => Value>({
    escapeJavaScript,
    parseJson: (text) => {
      try {
        return present(JSON.parse(text) as Json);
      } catch {
        throw new TemplateError('$util.parseJson of a text that is no JSON');
      }
    },
    urlEncode: (text) =>
      encodeURIComponent(text.toWellFormed())
        .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%20', '+'),
    urlDecode: (text) => {
      try {
        return decodeURIComponent(text.replaceAll('+', ' '));
      } catch {
        throw new TemplateError('$util.urlDecode of a text that is not percent-encoded');
      }
    },
    base64Encode: (text) => Buffer.from(text).toString('base64'),
    base64Decode: (text) => Buffer.from(text, 'base64').toString(),
  }),
);

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "'": "\\'",
  '/': '\\/',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Everything but printable ASCII without the quotes, slash and backslash; U+007F stays as it is. */
const TO_ESCAPE = /[^ !#-&(-.0-[\]-\x7f]/g;

function escapeJavaScript(text: string): string {
  return text.replace(
    TO_ESCAPE,
    (char) => SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
