import * as z from 'zod';
import { JsonText } from '../../functions/vehicle-generations/json-text.ts';

/** How a generation writes what the backend says in its own terms. */
interface Writing {
  readonly contentType: string;
  /** Reads the text that goes over the air. */
  parse(text: string): unknown;
  /** What is in the text. */
  readonly structure: z.ZodType;
}

/**
 * Takes apart a generation's codec: text to structure, structure to the backend's terms.
 * @throws Error for a codec that is made otherwise
 */
export function writingOf(codec: z.ZodType): Writing {
  if (codec instanceof z.ZodPipe && codec.out instanceof z.ZodCodec) {
    const { in: text, out } = codec;
    const { in: structure } = out;
    if (text instanceof z.ZodType && structure instanceof z.ZodType) {
      return {
        contentType: text === JsonText ? 'application/json' : 'application/x-www-form-urlencoded',
        parse: (payload) => text.parse(payload),
        structure,
      };
    }
  }
  throw new Error('The codec is not made of a text, a structure and the backend’s terms');
}
