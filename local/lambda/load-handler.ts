import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Handler = (event: unknown, context: object) => unknown;

const EXTENSIONS = ['.js', '.mjs', '.cjs'];

/** Node 24's runtime has no callback handlers. */
const MAX_PARAMETERS = 2;

/**
 * Loads a function's handler as AWS's runtime does.
 * @param handler `<module>.<export>`, for example `index.handler`
 * @throws Error with AWS's name of what is wrong, or what the module threw
 */
export async function loadHandler(codeDir: string, handler: string): Promise<Handler> {
  const [moduleName = '', ...exportNames] = basename(handler).split('.');
  const path = resolve(codeDir, join(dirname(handler), moduleName));
  const file = EXTENSIONS.map((extension) => path + extension).find((candidate) => existsSync(candidate));
  if (file === undefined)
    throw named('Runtime.ImportModuleError', `Error: Cannot find module '${moduleName}'`);
  let found = await importModule(file);
  for (const name of exportNames) found = (found as Record<string, unknown> | undefined)?.[name];
  if (found === undefined) {
    throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (!isHandler(found)) throw named('Runtime.HandlerNotFound', `${handler} is not a function`);
  if (found.length > MAX_PARAMETERS) {
    throw named(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} has a callback parameter; Node.js 24 has no callback handlers: make it async`,
    );
  }
  return found;
}

async function importModule(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error), error.stack);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
      throw named('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

const isHandler = (value: unknown): value is Handler => typeof value === 'function';

function named(name: string, message: string, stack?: string): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
