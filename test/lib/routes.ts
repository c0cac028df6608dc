import * as z from 'zod';
import { stageConfig } from '../../lib/stages.ts';
import { synthesise } from './synthesis.ts';

/** Something that a client may call. */
export interface Route {
  readonly method: string;
  /** With its parameters, `/vehicles/{vin}`. */
  readonly path: string;
}

const Method = z.object({ HttpMethod: z.string(), RestApiId: z.string(), ResourceId: z.string() });

/** Every route of the app's API, as the template of a stage has it. */
export function appRoutes(): Route[] {
  const routes = synthesise(stageConfig('dev-x'))
    .all('AWS::ApiGateway::Method')
    .map(({ properties }) => Method.parse(properties))
    .filter(({ RestApiId }) => RestApiId === 'blue/EventCreation/Api')
    .map(({ HttpMethod, ResourceId }) => ({
      method: HttpMethod,
      path: ResourceId.split('/Default')[1] ?? '',
    }));
  if (routes.length === 0) throw new Error('The template has no routes');
  return routes;
}
