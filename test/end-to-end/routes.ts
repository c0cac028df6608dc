import { globSync, readFileSync } from 'node:fs';
import * as z from 'zod';

/** Something that a client may call. */
export interface Route {
  readonly method: string;
  /** With its parameters, `/vehicles/{vin}`. */
  readonly path: string;
}

const Parent = z.union([z.object({ Ref: z.string() }), z.object({ 'Fn::GetAtt': z.array(z.string()) })]);
const Resource = z.object({ PathPart: z.string(), ParentId: Parent });
const Method = z.object({ HttpMethod: z.string(), ResourceId: Parent });
const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});

/** Every route of the app's API, as the template of the environment in a cloud assembly has it. */
export function appRoutes(assembly: string): Route[] {
  const [file = ''] = globSync(`${assembly}/*-blue.template.json`);
  const { Resources } = Template.parse(JSON.parse(readFileSync(file, 'utf8')));
  const pathOf = (id: z.infer<typeof Parent>): string => {
    // The root is an attribute of the API.
    if (!('Ref' in id)) return '';
    const { PathPart, ParentId } = Resource.parse(Resources[id.Ref]?.Properties);
    return `${pathOf(ParentId)}/${PathPart}`;
  };
  const routes = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::ApiGateway::Method')
    .map(({ Properties }) => Method.parse(Properties))
    .map(({ HttpMethod, ResourceId }) => ({ method: HttpMethod, path: pathOf(ResourceId) }));
  if (routes.length === 0) throw new Error('The template has no routes');
  return routes;
}
