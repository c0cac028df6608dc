import * as z from 'zod';
import type { Json } from '../aws.ts';
import type { Resource, StackArtifact } from '../cloudformation/assembly.ts';
import { resourceName } from '../resource-name.ts';

/** What the templates say about the things that have a price and no behaviour here. All names are local ones. */
export interface Settings {
  /** Functions and workflows that are traced, and the roles that they act in. */
  readonly traced: ReadonlySet<string>;
  /**
   * Functions of which Lambda itself logs what failed only, which is too seldom to be counted. Of the others it logs each
   * invocation and each start.
   */
  readonly quiet: ReadonlySet<string>;
  /** Workflows that log what failed, by their names and by those of the roles that they act in. */
  readonly logged: ReadonlyMap<string, string>;
  /** Tables that are encrypted with a key of the stage's own. */
  readonly ownKey: ReadonlySet<string>;
  /** Formats of access logs by REST API; undefined for one without. */
  readonly accessLogs: ReadonlyMap<string, string | undefined>;
  readonly loadBalancer: boolean;
  readonly firewall: boolean;
  /** Interface endpoints, through which requests come. */
  readonly endpoints: boolean;
}

const Reference = z.object({ Ref: z.string() });
const Attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });

const LambdaFunction = z.object({
  // A text is a role from elsewhere, which nobody here acts in.
  Role: z.union([Attribute, z.string()]),
  TracingConfig: z.object({ Mode: z.string() }).default({ Mode: 'PassThrough' }),
  // Text has no levels, and lines of about the length of INFO's.
  LoggingConfig: z.object({ SystemLogLevel: z.string().default('INFO') }).default({ SystemLogLevel: 'INFO' }),
});
const StateMachine = z.object({
  RoleArn: Attribute,
  TracingConfiguration: z.object({ Enabled: z.boolean() }).default({ Enabled: false }),
  // Text, or pieces of it.
  DefinitionString: z.json(),
  LoggingConfiguration: z
    .object({ Level: z.string().default('OFF'), IncludeExecutionData: z.boolean().default(false) })
    .default({ Level: 'OFF', IncludeExecutionData: false }),
});
const Stage = z.object({
  RestApiId: Reference,
  AccessLogSetting: z.object({ Format: z.string() }).optional(),
  TracingEnabled: z.boolean().default(false),
});
const Replica = z.object({ SSESpecification: z.object({ KMSMasterKeyId: z.json() }) });
const Table = z.object({ Replicas: z.array(z.json()).default([]) });

/** @throws Error for what the meter does not know: functions and workflows that log each step, APIs that are traced */
export function readSettings(stacks: readonly StackArtifact[]): Settings {
  const traced = new Set<string>();
  const quiet = new Set<string>();
  const logged = new Map<string, string>();
  const ownKey = new Set<string>();
  const accessLogs = new Map<string, string | undefined>();
  const types = new Set<string>();

  const readers: Readonly<
    Record<string, (name: (id: string) => string, id: string, properties: Json) => void>
  > = {
    'AWS::Lambda::Function': (name, id, properties) => {
      const { Role, TracingConfig, LoggingConfig } = LambdaFunction.parse(properties);
      const { SystemLogLevel } = LoggingConfig;
      if (SystemLogLevel === 'WARN') quiet.add(name(id));
      else if (SystemLogLevel !== 'INFO') {
        throw new Error(`The meter does not know the system logs of ${id}: it knows levels WARN and INFO`);
      }
      if (TracingConfig.Mode !== 'Active') return;
      traced.add(name(id));
      if (typeof Role !== 'string') traced.add(name(Role['Fn::GetAtt'][0]));
    },
    'AWS::StepFunctions::StateMachine': (name, id, properties) => {
      const { RoleArn, TracingConfiguration, LoggingConfiguration, DefinitionString } =
        StateMachine.parse(properties);
      if (/"Type\\*":\s*\\*"Map/.test(JSON.stringify(DefinitionString))) {
        throw new Error(`The meter does not know the memory of a Map state, as ${id} has one`);
      }
      if (TracingConfiguration.Enabled) traced.add(name(id)).add(name(RoleArn['Fn::GetAtt'][0]));
      const { Level, IncludeExecutionData } = LoggingConfiguration;
      if (Level === 'OFF') return;
      if (Level !== 'ERROR' || IncludeExecutionData) {
        throw new Error(
          `The meter does not know what ${id} logs: it knows level ERROR without execution data, and OFF`,
        );
      }
      logged.set(name(id), name(id)).set(name(RoleArn['Fn::GetAtt'][0]), name(id));
    },
    'AWS::ApiGateway::Stage': (name, id, properties) => {
      const { RestApiId, AccessLogSetting, TracingEnabled } = Stage.parse(properties);
      if (TracingEnabled) throw new Error(`The meter does not know the traces of an API: ${id}`);
      accessLogs.set(name(RestApiId.Ref), AccessLogSetting?.Format);
    },
    'AWS::DynamoDB::GlobalTable': (name, id, properties) => {
      if (Table.parse(properties).Replicas.some((replica) => Replica.safeParse(replica).success)) {
        ownKey.add(name(id));
      }
    },
  };

  for (const { stackName, template } of stacks) {
    const name = (id: string) => resourceName(stackName, id);
    for (const [id, { Type, Properties }] of Object.entries<Resource>(template.Resources)) {
      types.add(Type);
      readers[Type]?.(name, id, Properties);
    }
  }
  return {
    traced,
    quiet,
    logged,
    ownKey,
    accessLogs,
    loadBalancer: types.has('AWS::ElasticLoadBalancingV2::LoadBalancer'),
    firewall: types.has('AWS::WAFv2::WebACLAssociation'),
    endpoints: types.has('AWS::EC2::VPCEndpoint'),
  };
}
