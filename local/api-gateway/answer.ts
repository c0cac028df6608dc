import type { Json } from '../aws.ts';

/** What goes back to the client. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** What an integration answered, before it is mapped. */
export interface IntegrationAnswer {
  readonly status: number;
  readonly body: string;
  /** What `body` is the text of, where that is known: nobody needs to parse it then. Templates may write to it. */
  readonly document?: Json;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * What selection patterns are matched against: the HTTP status, or for a function the error's message
   * (`undefined` without an error).
   */
  readonly selection: string | undefined;
}
