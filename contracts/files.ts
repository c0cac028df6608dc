import { scenarioJsonSchema } from '../vehicle-simulator/scenarios/json-schema.ts';
import { asyncApi } from './asyncapi/document.ts';
import { openApi } from './openapi/document.ts';

const text = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

/** The contracts as they should be in the repository, by their paths from its root. */
export const contractFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['docs/openapi.json', text(openApi())],
    ['docs/asyncapi.json', text(asyncApi())],
    ['vehicle-simulator/scenarios/scenario.schema.json', text(scenarioJsonSchema())],
  ]);
