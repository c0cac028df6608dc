/**
 * Idioms of API Gateway's mapping templates (VTL) that bring clients' values safely into JSON.
 *
 * `$util.escapeJavaScript` turns `'` into `\'`, which JSON does not allow: as AWS's documentation says, it is
 * replaced back. The first argument of `replaceAll` is a regular expression and VTL strings have no escapes,
 * so `\\'` there stands for `\'`.
 */
export const escaped = (expression: string): string =>
  `$util.escapeJavaScript(${expression}).replaceAll("\\\\'","'")`;

/** A path, query or header parameter as text; empty if there is none. */
export const parameter = (name: string): string => `$input.params('${name}')`;

/** The user, as the authorizer says. */
export const user = (): string => '$context.authorizer.principalId';

/** The request's JSON body as text inside a JSON string. */
export const bodyInText = (): string => escaped(`$input.json('$')`);

/** An error in the interface's shape. */
export const errorBody = (statusCode: number, message: string): string =>
  JSON.stringify({ statusCode, message });

/** In a response template: the request's correlation id comes back. */
export const ECHO_CORRELATION_ID = [
  `#set($correlationId = ${parameter('x-correlation-id')})`,
  `#if($correlationId != "")#set($context.responseOverride.header.x-correlation-id = $correlationId)#end`,
].join('\n');

/** The words that apps know: they wait for so many seconds and try again, up to three times. */
export const TRY_AGAIN_IN_A_SECOND = 'Rate limit is exceeded. Try again in 1 seconds.';

/** The answer where a service behind the API has reached a limit. */
export const LIMIT_REACHED = [
  `#set($context.responseOverride.status = 429)`,
  `#set($context.responseOverride.header.Retry-After = "1")`,
  errorBody(429, TRY_AGAIN_IN_A_SECOND),
].join('\n');
