import * as z from 'zod';
import { stageConfig } from '../../lib/stages.ts';
import { synthesise } from '../lib/synthesis.ts';

/** The app's API as a stage with a firewall deploys it, as far as a contract speaks of it. */

const stage = synthesise({ ...stageConfig('dev-x', { environments: 'blue,green' }), waf: true });
const API = 'blue/EventCreation/Api';

const OfApi = z.object({ RestApiId: z.string() });
const Method = z.object({
  HttpMethod: z.string(),
  ResourceId: z.string(),
  RequestParameters: z.record(z.string(), z.boolean()).default({}),
  MethodResponses: z.array(z.object({ StatusCode: z.string() })).default([]),
  Integration: z.object({
    Type: z.enum(['AWS', 'AWS_PROXY']),
    IntegrationResponses: z
      .array(z.object({ StatusCode: z.string(), ResponseTemplates: z.record(z.string(), z.string()) }))
      .default([]),
  }),
});

const ofApi = (type: string) =>
  stage.all(type).filter(({ properties }) => OfApi.parse(properties).RestApiId === API);

export interface DeployedMethod {
  readonly parameters: Readonly<Record<string, boolean>>;
  readonly statuses: readonly string[];
  /** Whether API Gateway looks at the body's type. */
  readonly takesBody: boolean;
  /** The template of the answer that is no error, if there is one. */
  readonly answerTemplate: string;
}

/** By what a client calls, `POST /…`. */
export const METHODS: ReadonlyMap<string, DeployedMethod> = new Map(
  ofApi('AWS::ApiGateway::Method').map(({ properties }) => {
    const method = Method.parse(properties);
    const { Type, IntegrationResponses } = method.Integration;
    return [
      `${method.HttpMethod} ${method.ResourceId.split('/Default')[1]}`,
      {
        parameters: method.RequestParameters,
        statuses: method.MethodResponses.map(({ StatusCode }) => StatusCode),
        takesBody: Type === 'AWS',
        answerTemplate: IntegrationResponses[0]?.ResponseTemplates['application/json'] ?? '',
      },
    ];
  }),
);

const gatewayResponses = ofApi('AWS::ApiGateway::GatewayResponse');

/** The statuses of errors that API Gateway answers by itself, to any request. */
export const GATEWAY_STATUSES = [
  ...new Set(gatewayResponses.map(({ properties }) => String(properties.StatusCode))),
].sort();

const Workflow = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.string()),
});
const { DefinitionString, DefinitionSubstitutions } = Workflow.parse(
  stage.at('blue/EventCreation/Workflow').properties,
);

/** With what its placeholders stand for. */
const definition = DefinitionString.replaceAll(
  /\$\{(\w+)\}/g,
  (_, name: string) => DefinitionSubstitutions[name] ?? '',
);
export const EVENT_CREATION = z
  .object({ States: z.record(z.string(), z.looseObject({})) })
  .parse(JSON.parse(definition)).States;
export const REMEMBER_SECONDS = Number(DefinitionSubstitutions.RememberSeconds);

/** All that the API, its workflow and its firewall say, whatever to. */
export const SAID = JSON.stringify([
  DefinitionString,
  gatewayResponses.map(({ properties }) => properties),
  ofApi('AWS::ApiGateway::Method').map(({ properties }) => properties),
  stage.at('traffic/FrontDoor/Firewall/WebAcl').properties,
]).replaceAll('\\', '');
