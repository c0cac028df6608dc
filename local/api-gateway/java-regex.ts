import { TemplateError } from './template-error.ts';

/** Escapes that mean the same in Java and, written so, in JavaScript with the `u` flag. */
const SAME_ESCAPES = /[bBdDfnrtwW1-9]/;
/** Java's `\s` is ASCII only, unlike JavaScript's. */
const SPACE = ' \\t\\n\\x0B\\f\\r';
/** Java's `$` also matches before a line terminator that ends the text. */
const END = '(?=(?:\\r\\n|[\\n\\r\\u0085\\u2028\\u2029])?$)';

/** Patterns stand in templates, so there are few; those built from a request must not fill the memory. */
const MOST_COMPILED = 100;

/**
 * Java's regular expressions (`String.replaceAll`, `split`) for the syntax that both languages share.
 * @throws TemplateError for Java's own syntax, which JavaScript would read as something else
 */
export const javaRegex = remembered((pattern) => compile(pattern, translate(pattern), 'gu'));

/** `String.matches`: the pattern must match the whole text. @throws TemplateError as `javaRegex` does */
export function javaMatches(pattern: string, text: string): boolean {
  return wholeText(pattern).test(text);
}

const wholeText = remembered((pattern) => compile(pattern, `^(?:${translate(pattern)})$`, 'u'));

/** To compile an expression takes longer than to use it. Its users leave no state in it. */
function remembered(compileNew: (pattern: string) => RegExp): (pattern: string) => RegExp {
  const compiled = new Map<string, RegExp>();
  return (pattern) => {
    let regex = compiled.get(pattern);
    if (regex === undefined) {
      regex = compileNew(pattern);
      if (compiled.size >= MOST_COMPILED) compiled.clear();
      compiled.set(pattern, regex);
    }
    return regex;
  };
}

function compile(pattern: string, source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw new TemplateError(`the regular expression "${pattern}" is not supported`);
  }
}

/** `Matcher.appendReplacement`: in a replacement, `$n` is a group and `\x` is x itself. */
export function javaReplacement(replacement: string, match: RegExpMatchArray): string {
  if (!/[$\\]/.test(replacement)) return replacement;
  return replacement.replace(/\\([\s\S])|\$(\d)|[$\\]/g, (whole, literal?: string, group?: string) => {
    if (literal !== undefined) return literal;
    if (group === undefined || Number(group) >= match.length) {
      throw new TemplateError(`"${whole}" in the replacement "${replacement}" is not supported`);
    }
    return match[Number(group)] ?? '';
  });
}

function translate(pattern: string): string {
  const unsupported = (what: string): never => {
    throw new TemplateError(`"${what}" in the regular expression "${pattern}" is not supported`);
  };
  let source = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i] as string;
    if (char === '\\') {
      i += 1;
      source += translateEscape(pattern[i], inClass, unsupported);
    } else if (inClass) {
      if (char === '[' || pattern.startsWith('&&', i)) unsupported(char);
      inClass = char !== ']';
      source += char;
    } else if (char === '[') {
      inClass = true;
      source += char;
    } else if (char === '$') {
      source += END;
    } else if (char === '(' && /^\(\?(?![:=!]|<[=!])/.test(pattern.slice(i))) {
      unsupported(pattern.slice(i, i + 3));
    } else if (char === '+' && /(?:^|[^\\])[+*?}]$/.test(pattern.slice(0, i))) {
      unsupported('possessive quantifier');
    } else {
      source += char;
    }
  }
  return source;
}

function translateEscape(
  char: string | undefined,
  inClass: boolean,
  unsupported: (what: string) => never,
): string {
  if (char === undefined) return unsupported('\\');
  if (char === 's') return inClass ? SPACE : `[${SPACE}]`;
  if (char === 'S' && !inClass) return `[^${SPACE}]`;
  if (SAME_ESCAPES.test(char)) return `\\${char}`;
  if (/[A-Za-z0-9]/.test(char)) return unsupported(`\\${char}`);
  return `\\u{${(char.codePointAt(0) as number).toString(16)}}`;
}
