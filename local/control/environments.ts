import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import { type CodeLoader, SourcesDoNotBuild, TemplatesDiffer } from '../code-loader.ts';
import { answer } from './answer.ts';
import { CONTROL_PATH } from './control.ts';

const ENVIRONMENTS_PATH = `${CONTROL_PATH}/environments`;
const CODE_PATH = new RegExp(`^${ENVIRONMENTS_PATH}/([^/]+)/code$`);

/**
 * The environments of a local stage: GET `/local-stage/environments` answers `{blue: {version}, …}`; PUT
 * `/local-stage/environments/{environment}/code` loads the code of functions from the sources as they are now into that
 * environment alone, and answers `{version, changed}` with the names of the functions that run other code than before.
 * @param loader answers `undefined` while the stage still starts
 */
export function createEnvironmentsControl(
  loader: () => Pick<CodeLoader, 'versions' | 'load'> | undefined,
): BesideHandler {
  const control = async (path: string, message: IncomingMessage, response: ServerResponse): Promise<void> => {
    message.resume();
    const code = loader();
    if (code === undefined) return answer(response, 503, { message: 'The stage still starts.' });
    if (path === ENVIRONMENTS_PATH) {
      if (message.method !== 'GET') return answer(response, 405, { message: 'Use GET.' });
      return answer(response, 200, code.versions());
    }
    const environment = CODE_PATH.exec(path)?.[1] ?? '';
    const versions = code.versions();
    if (!Object.hasOwn(versions, environment)) {
      const known = Object.keys(versions).join(', ');
      return answer(response, 404, { message: `There is no environment ${environment}. There is ${known}.` });
    }
    if (message.method !== 'PUT') return answer(response, 405, { message: 'Use PUT.' });
    const { changed } = await code.load({ environment });
    answer(response, 200, { ...code.versions()[environment], changed });
  };

  return (message, response) => {
    const path = message.url?.split('?')[0] ?? '';
    if (path !== ENVIRONMENTS_PATH && !CODE_PATH.test(path)) return false;
    control(path, message, response).catch((error: unknown) =>
      answer(response, statusOf(error), { message: error instanceof Error ? error.message : String(error) }),
    );
    return true;
  };
}

function statusOf(error: unknown): number {
  if (error instanceof SourcesDoNotBuild) return 400;
  return error instanceof TemplatesDiffer ? 409 : 500;
}
