/** Who signed a request, or says so: the access key of a function is its name. Empty, if nobody did. */
export const accessKeyIdOf = (authorization = ''): string =>
  /Credential=([^/]+)\//.exec(authorization)?.[1] ?? '';
