import { expect, it, vi } from 'vitest';
import { type CodeLoader, SourcesDoNotBuild, TemplatesDiffer } from '../../../local/code-loader.ts';
import { createEnvironmentsControl } from '../../../local/control/environments.ts';
import { API_ANSWER, serve } from '../beside.ts';

type Loader = Pick<CodeLoader, 'versions' | 'load'>;

/** Environments of one version, until code is loaded. */
async function start(load: Loader['load'] = async () => ({ changed: ['green-Send'], differing: [] })) {
  const versions = { blue: { version: 'a1' }, green: { version: 'a1' } };
  const loading = vi.fn<Loader['load']>(async (options) => {
    const loaded = await load(options);
    versions.green = { version: 'b2' };
    return loaded;
  });
  let loader: Loader | undefined = { versions: () => versions, load: loading };
  const origin = await serve(async () => createEnvironmentsControl(() => loader));
  const ask = async (method: string, path: string) => {
    const response = await fetch(`${origin}/local-stage/environments${path}`, { method });
    const text = await response.text();
    return { status: response.status, body: text === API_ANSWER ? text : (JSON.parse(text) as unknown) };
  };
  return {
    ask,
    loading,
    starting: () => {
      loader = undefined;
    },
  };
}

it('environments are shown with their versions', async () => {
  const { ask } = await start();
  expect(await ask('GET', '')).toEqual({
    status: 200,
    body: { blue: { version: 'a1' }, green: { version: 'a1' } },
  });
});

it('code is loaded into the one that is named', async () => {
  const { ask, loading } = await start();
  expect(await ask('PUT', '/green/code')).toEqual({
    status: 200,
    body: { version: 'b2', changed: ['green-Send'] },
  });
  expect(loading).toHaveBeenCalledExactlyOnceWith({ environment: 'green' });
});

it.each<[number, Error]>([
  [400, new SourcesDoNotBuild('a comma is missing')],
  [409, new TemplatesDiffer('a queue is new')],
  [500, new Error('the disk is full')],
])('%i says why nothing was loaded', async (status, error) => {
  const { ask } = await start(() => Promise.reject(error));
  expect(await ask('PUT', '/green/code')).toEqual({ status, body: { message: error.message } });
});

it('what is not there, and what is no way to ask, is said', async () => {
  const { ask, loading, starting } = await start();
  expect(await ask('PUT', '/red/code')).toEqual({
    status: 404,
    body: { message: 'There is no environment red. There is blue, green.' },
  });
  expect((await ask('GET', '/green/code')).status).toBe(405);
  expect((await ask('PUT', '')).status).toBe(405);
  expect((await ask('GET', '/green')).body).toBe(API_ANSWER);
  starting();
  expect((await ask('PUT', '/green/code')).status).toBe(503);
  expect(loading).not.toHaveBeenCalled();
});
