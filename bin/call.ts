import * as z from 'zod';

/** Calls of a stage, whose problems are one line for the user. */

export const DEFAULT_TARGET = process.env.BASE_URL ?? 'http://127.0.0.1:3000';

/** Something to tell the user in one line. */
export class AppError extends Error {}

/** The stage answered that it does not do it. */
export class Refusal extends AppError {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** The API's error, or OAuth's. */
const Refused = z.union([
  z.object({ message: z.string() }),
  z.object({ error_description: z.string() }).transform(({ error_description: message }) => ({ message })),
]);

/** @throws AppError if it is no URL */
export function baseUrl(target: string): string {
  const base = target.replace(/\/+$/, '');
  if (!URL.canParse(base) || !base.startsWith('http')) {
    throw new AppError(`'${target}' is no base URL. It looks like http://127.0.0.1:3000`);
  }
  return base;
}

/**
 * @param init its signal says how long an answer may take; by default, half a minute
 * @throws AppError if nothing answers, or something unexpected; Refusal for an error status
 */
export async function call<Schema extends z.ZodType>(
  url: string,
  init: RequestInit,
  schema: Schema,
): Promise<z.infer<Schema>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(30_000), ...init });
    text = await response.text();
  } catch (error) {
    const { origin } = new URL(url);
    throw new AppError(`Nothing answers at ${origin}. Start a stage there: npm start`, { cause: error });
  }
  const body = parsed(text);
  if (!response.ok) {
    const refused = Refused.safeParse(body);
    throw new Refusal(response.status, refused.success ? refused.data.message : text.slice(0, 200));
  }
  const answer = schema.safeParse(body);
  if (!answer.success) throw new AppError(`${url} answered something unexpected: ${text.slice(0, 200)}`);
  return answer.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Runs a command-line tool: its problems go to stderr. */
export async function main(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
