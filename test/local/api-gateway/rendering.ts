import type { Call } from '../../../local/api-gateway/context.ts';
import { compileTemplate } from '../../../local/api-gateway/mapping-template.ts';
import { GatewayRequest } from '../../../local/api-gateway/request.ts';
import { TemplateInput } from '../../../local/api-gateway/template-input.ts';
import { api } from './support.ts';

export interface Given {
  readonly body?: string;
  readonly path?: Record<string, string>;
  readonly query?: string;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
}

/** A call as the server would make one of the request. */
export function call({ path = {}, query = '', headers = [] }: Given = {}): Call {
  const request = new GatewayRequest({
    method: 'POST',
    url: `/things?${query}`,
    httpVersion: '1.1',
    rawHeaders: headers,
    socket: { remoteAddress: '127.0.0.1' },
  });
  request.pathParameters = new Map(Object.entries(path));
  return {
    api: api(),
    request,
    resourceId: 'things',
    resourcePath: '/things',
    responseOverride: { header: {} },
  };
}

export function render(template: string, given: Given = {}): string {
  return compileTemplate(template)(new TemplateInput(call(given), given.body ?? ''));
}
