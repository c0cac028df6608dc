import * as z from 'zod';
import type { JsonObject } from '../aws.ts';

/**
 * Of CloudFormation, and the same in the API: what a load balancer is made of. A property not read here is refused, but
 * for those of the load balancer itself, which have no behaviour on one machine.
 */

/** AWS's limits of a weight. */
const Weight = z.int().min(0).max(999);

const Stickiness = z.object({
  Enabled: z.literal(false, { error: 'sticky sessions do not run on the local stage' }).optional(),
});

const Forward = z
  .strictObject({
    Type: z.literal('forward'),
    Order: z.int().optional(),
    TargetGroupArn: z.string().optional(),
    ForwardConfig: z
      .strictObject({
        TargetGroups: z
          .array(z.strictObject({ TargetGroupArn: z.string(), Weight: Weight.optional() }))
          .min(1),
        TargetGroupStickinessConfig: Stickiness.optional(),
      })
      .optional(),
  })
  .refine(
    ({ TargetGroupArn, ForwardConfig }) => TargetGroupArn !== undefined || ForwardConfig !== undefined,
    {
      error: 'a forward action needs a target group',
    },
  );

const Redirect = z.strictObject({
  Type: z.literal('redirect'),
  Order: z.int().optional(),
  RedirectConfig: z.strictObject({
    Protocol: z.string().default('#{protocol}'),
    Host: z.string().default('#{host}'),
    Port: z.string().default('#{port}'),
    Path: z.string().default('/#{path}'),
    Query: z.string().default('#{query}'),
    StatusCode: z.enum(['HTTP_301', 'HTTP_302']),
  }),
});

const FixedResponse = z.strictObject({
  Type: z.literal('fixed-response'),
  Order: z.int().optional(),
  FixedResponseConfig: z.strictObject({
    StatusCode: z.coerce.number().int(),
    ContentType: z.string().default('text/plain'),
    MessageBody: z.string().default(''),
  }),
});

const Action = z.discriminatedUnion('Type', [Forward, Redirect, FixedResponse], {
  error: 'only the actions forward, redirect and fixed-response run on the local stage',
});
export type Action = z.infer<typeof Action>;

/** Authentication could come before it; that is refused, so there is one action. */
const Actions = z
  .tuple([Action], { error: 'one action of type forward, redirect or fixed-response is needed' })
  .transform(([action]) => action);

const Values = z.array(z.string()).min(1);
const ValuesConfig = z.strictObject({ Values });

const Condition = z.discriminatedUnion(
  'Field',
  [
    z.strictObject({
      Field: z.literal('http-header'),
      HttpHeaderConfig: z.strictObject({ HttpHeaderName: z.string(), Values }),
    }),
    z.strictObject({
      Field: z.literal('path-pattern'),
      Values: Values.optional(),
      PathPatternConfig: ValuesConfig.optional(),
    }),
    z.strictObject({
      Field: z.literal('host-header'),
      Values: Values.optional(),
      HostHeaderConfig: ValuesConfig.optional(),
    }),
  ],
  { error: ({ input }) => `a condition on ${fieldOf(input)} does not run on the local stage` },
);
export type Condition = z.infer<typeof Condition>;

const fieldOf = (condition: unknown): string =>
  typeof condition === 'object' && condition !== null && 'Field' in condition
    ? String(condition.Field)
    : 'nothing';

const Listener = z.strictObject({
  LoadBalancerArn: z.string(),
  Port: z.int(),
  Protocol: z.enum(['HTTP', 'HTTPS']),
  DefaultActions: Actions,
  Certificates: z.array(z.json()).optional(),
  SslPolicy: z.string().optional(),
  ListenerAttributes: z.array(z.json()).optional(),
  Tags: z.array(z.json()).optional(),
});
export type ListenerProperties = z.infer<typeof Listener>;
export const listenerProperties = (properties: JsonObject): ListenerProperties => Listener.parse(properties);

const Rule = z.strictObject({
  ListenerArn: z.string(),
  Priority: z.coerce.number().int(),
  Conditions: z.array(Condition).min(1),
  Actions,
  Tags: z.array(z.json()).optional(),
});
export type RuleProperties = z.infer<typeof Rule>;
export const ruleProperties = (properties: JsonObject): RuleProperties => Rule.parse(properties);

/** Its health checks are not made, so its settings for them are not looked at. */
const TargetGroup = z
  .strictObject({
    // What the execute-api endpoint speaks.
    Port: z.literal(443, { error: 'Port: targets listen on 443' }),
    Protocol: z.literal('HTTPS', { error: 'Protocol: targets speak HTTPS' }),
    ProtocolVersion: z.literal('HTTP1').optional(),
    TargetType: z.literal('ip', { error: 'TargetType: only ip runs on the local stage' }),
    Targets: z
      .array(
        z.strictObject({
          Id: z.string(),
          Port: z.literal(443).optional(),
          AvailabilityZone: z.string().optional(),
        }),
      )
      .default([]),
    TargetGroupAttributes: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
    Name: z.string().optional(),
    VpcId: z.string(),
    Tags: z.array(z.json()).optional(),
    HealthCheckEnabled: z.boolean().optional(),
    HealthCheckIntervalSeconds: z.number().optional(),
    HealthCheckPath: z.string().optional(),
    HealthCheckPort: z.string().optional(),
    HealthCheckProtocol: z.string().optional(),
    HealthCheckTimeoutSeconds: z.number().optional(),
    HealthyThresholdCount: z.number().optional(),
    UnhealthyThresholdCount: z.number().optional(),
    Matcher: z.json().optional(),
  })
  .refine(
    ({ TargetGroupAttributes }) =>
      !TargetGroupAttributes.some(({ Key, Value }) => Key === 'stickiness.enabled' && Value === 'true'),
    { error: 'sticky sessions do not run on the local stage' },
  );
/** @returns the addresses of its targets */
export const targetAddresses = (properties: JsonObject): readonly string[] =>
  TargetGroup.parse(properties).Targets.map(({ Id }) => Id);

const LoadBalancer = z.looseObject({
  Type: z.literal('application', {
    error: 'Type: only an application load balancer runs on the local stage',
  }),
});
export const checkLoadBalancer = (properties: JsonObject): void => void LoadBalancer.parse(properties);

/** ModifyRule, as far as it moves traffic. */
const Modification = z.strictObject({ RuleArn: z.string(), Actions });
export const modification = (input: JsonObject): z.infer<typeof Modification> => Modification.parse(input);

/** DescribeRules, of rules that are named. */
const Naming = z.strictObject({
  RuleArns: z.array(z.string()).min(1, { error: 'rules must be named on the local stage' }),
});
export const namedRules = (input: JsonObject): readonly string[] => Naming.parse(input).RuleArns;
