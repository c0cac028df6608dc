import * as z from 'zod';

/** JSON text and what it holds. */
export const JsonText = z.codec(z.string(), z.unknown(), {
  decode: (text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.issues.push({ code: 'custom', input: text, message: 'not JSON' });
      return z.NEVER;
    }
  },
  encode: (value) => JSON.stringify(value),
});
