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

export const RETRY_AFTER_SECONDS = 3;

/**
 * The words that apps know. The open-source client takes the first digit, waits for twice as many seconds, and tries
 * again up to three times: 18 s, which most hiccups end within.
 */
export const TRY_AGAIN = `Try again in ${RETRY_AFTER_SECONDS} seconds.`;

/** Where a limit has been reached, of API Gateway or of a service behind it. */
export const LIMIT_EXCEEDED = `Rate limit is exceeded. ${TRY_AGAIN}`;

/** In a response template: the answer that makes apps try again. */
export const tryAgain = (message: string): string =>
  [
    `#set($context.responseOverride.status = 429)`,
    `#set($context.responseOverride.header.Retry-After = "${RETRY_AFTER_SECONDS}")`,
    errorBody(429, message),
  ].join('\n');

/** Headers that response templates set. */
export const RESPONSE_HEADERS = {
  'method.response.header.x-correlation-id': true,
  'method.response.header.Retry-After': true,
};
