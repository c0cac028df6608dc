import { type Endpoint, forTools, startEndpoint, unsupported } from '../endpoint.ts';
import type { ResourceTags } from './resource-tags.ts';

/** The Resource Groups Tagging API, as far as tools use it: GetResources. Nobody's rights are looked at. */
export async function startTaggingEndpoint(tags: ResourceTags): Promise<Endpoint> {
  const endpoint = await startEndpoint({
    service: 'tagging',
    version: '1.1',
    roleOf: () => '',
    call: async ({ action, input }) => {
      if (action !== 'GetResources') throw unsupported(action);
      return tags.getResources(input);
    },
  });
  return { ...endpoint, url: forTools(endpoint.url) };
}
