import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { stageConfig } from '../../../lib/stages.ts';
import { type Resource, synthesise } from '../synthesis.ts';

const Forward = z.object({ Type: z.literal('forward'), TargetGroupArn: z.string() });
const Condition = z.strictObject({
  Field: z.literal('http-header'),
  HttpHeaderConfig: z.strictObject({ HttpHeaderName: z.string(), Values: z.tuple([z.string()]) }),
});
const Override = z.object({
  ListenerArn: z.string(),
  Priority: z.int(),
  Conditions: z.array(Condition),
  Actions: z.tuple([Forward]),
});
const Weights = z.tuple([
  z.strictObject({
    Type: z.literal('forward'),
    ForwardConfig: z.strictObject({
      TargetGroups: z.array(z.strictObject({ TargetGroupArn: z.string(), Weight: z.int() })),
    }),
  }),
]);
const Attributes = z
  .array(z.object({ Key: z.string(), Value: z.string() }))
  .transform((list) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])));
const Tcp = z.looseObject({
  IpProtocol: z.literal('tcp'),
  FromPort: z.int(),
  ToPort: z.int(),
  CidrIp: z.string().optional(),
});

/** One that is kept, with a firewall, and one that goes, without. */
const stages = [
  synthesise(stageConfig('prod')),
  synthesise(stageConfig('dev-door', { environments: 'blue,green' })),
];

describe.each(stages)('in $config.name', (stage) => {
  const { environments } = stage.config;
  const listener = stage.at('traffic/FrontDoor/Listener');
  const WEIGHTS = 'traffic/FrontDoor/Weights';
  const rules = stage.all('AWS::ElasticLoadBalancingV2::ListenerRule');
  const groups = new Map(
    environments.map((environment) => [
      environment,
      stage.at(`traffic/FrontDoor/TargetGroup-${environment}`),
    ]),
  );
  const endpointOf = (environment: string) => `shared/Network/Endpoint-${environment}`;
  /** The one resource of a type in an environment. */
  const theOne = (environment: string, type: string): Resource => {
    const [resource, ...others] = stage.all(type).filter(({ path }) => path.startsWith(`${environment}/`));
    if (resource === undefined || others.length > 0) throw new Error(`${environment} has not one ${type}`);
    return resource;
  };

  test('all requests go to the first environment, until somebody moves the weights', () => {
    const { Actions, ListenerArn, Conditions, Priority } = stage.at(WEIGHTS).properties;
    const [{ ForwardConfig }] = Weights.parse(Actions);
    expect(ForwardConfig.TargetGroups).toEqual([
      { TargetGroupArn: 'traffic/FrontDoor/TargetGroup-blue', Weight: 100 },
      { TargetGroupArn: 'traffic/FrontDoor/TargetGroup-green', Weight: 0 },
    ]);
    expect(Conditions).toEqual([{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }]);
    expect(ListenerArn).toBe(listener.path);
    // The rule that comes last, so that testers' come before.
    const priorities = rules.map(({ properties }) => Number(properties.Priority));
    expect(Math.max(...priorities)).toBe(Priority);
    expect(new Set(priorities).size).toBe(rules.length);
  });

  test('a change of the certificate, the TLS policy or the secret’s version is no update of the weights', () => {
    const weighted = stage.resources.filter(({ properties }) => /"Weight":/.test(JSON.stringify(properties)));
    expect(weighted.map(({ path }) => path)).toEqual([WEIGHTS]);
    // CloudFormation leaves alone what has the same properties: these name none of what operators change.
    const { Actions: _, Conditions: __, Tags: ___, ...others } = stage.at(WEIGHTS).properties;
    expect(others).toEqual({ ListenerArn: listener.path, Priority: 1000 });
    expect(JSON.stringify(stage.at(WEIGHTS))).not.toMatch(/<\w+>|\{\{resolve:/);
    expect(JSON.stringify(listener.properties.DefaultActions)).not.toContain('TargetGroup');
  });

  test('what no rule takes is refused in the interface’s error shape', () => {
    expect(listener.properties.DefaultActions).toEqual([
      {
        Type: 'fixed-response',
        FixedResponseConfig: {
          StatusCode: '503',
          ContentType: 'application/json',
          MessageBody: '{"statusCode":503,"message":"The service is unavailable. Try again."}',
        },
      },
    ]);
  });

  test('tools find the rule with the weights, and whose they are, by outputs', () => {
    expect(stage.outputs).toMatchObject({
      'traffic/WeightsRuleArn': WEIGHTS,
      'traffic/BlueTargetGroupArn': groups.get('blue')?.path,
      'traffic/GreenTargetGroupArn': groups.get('green')?.path,
    });
  });

  test('a request picks its environment with the stage’s secret only, before the weights are looked at', () => {
    const overrides = rules
      .filter(({ path }) => path !== WEIGHTS)
      .map(({ properties }) => Override.parse(properties));
    expect(
      overrides.map(({ ListenerArn, Priority, Conditions, Actions: [{ TargetGroupArn }] }) => ({
        ListenerArn,
        Priority,
        TargetGroupArn,
        headers: Object.fromEntries(
          Conditions.map(({ HttpHeaderConfig: { HttpHeaderName, Values } }) => [HttpHeaderName, Values[0]]),
        ),
      })),
    ).toEqual(
      environments.map((environment, index) => ({
        ListenerArn: listener.path,
        Priority: index + 1,
        TargetGroupArn: groups.get(environment)?.path,
        headers: {
          'x-environment': environment,
          'x-test-secret':
            '{{resolve:secretsmanager:traffic/FrontDoor/TestSecret:SecretString:::<OverrideVersion>}}',
        },
      })),
    );
  });

  test('the secret is one that a load balancer compares exactly: 32 lower-case letters and digits', () => {
    const { Description: _, Tags: __, ...secret } = stage.at('traffic/FrontDoor/TestSecret').properties;
    expect(secret).toEqual({
      GenerateSecretString: { PasswordLength: 32, ExcludeUppercase: true, ExcludePunctuation: true },
    });
  });

  test('the secret stands in rules by reference only, and in no output', () => {
    const outputs = Object.entries(stage.outputs).filter(([, value]) => value.includes('TestSecret'));
    expect(outputs).toEqual([['traffic/TestSecretArn', 'traffic/FrontDoor/TestSecret']]);
    const resolved = stage.resources.filter(({ properties }) =>
      JSON.stringify(properties).includes('{{resolve:'),
    );
    expect(new Set(resolved.map(({ path }) => path))).toEqual(
      new Set([
        ...environments.map((environment) => `traffic/FrontDoor/Override-${environment}`),
        ...(stage.config.waf ? ['traffic/FrontDoor/Firewall/WebAcl'] : []),
      ]),
    );
  });

  test('each target group leads to the addresses of its own environment’s endpoint, over TLS', () => {
    for (const [environment, { path, properties }] of groups) {
      const addresses = `traffic/FrontDoor/Addresses/${environment}/Resource/Default`;
      expect(properties, path).toMatchObject({
        TargetType: 'ip',
        Protocol: 'HTTPS',
        Port: 443,
        Targets: [0, 1].map((index) => ({
          Id: `${addresses}.NetworkInterfaces.${index}.PrivateIpAddress`,
          Port: 443,
        })),
        // Without the domain, API Gateway refuses a probe: that it answers is what shows.
        HealthCheckProtocol: 'HTTPS',
        Matcher: { HttpCode: '403' },
      });
      // Stickiness would keep customers on an environment whatever the weights say.
      expect(Attributes.parse(properties.TargetGroupAttributes)['stickiness.enabled']).toBe('false');
      const described = JSON.parse(String(stage.at(addresses).properties.Create));
      expect(described).toMatchObject({
        service: 'EC2',
        action: 'describeNetworkInterfaces',
        parameters: {
          NetworkInterfaceIds: [0, 1].map(
            (index) => `${endpointOf(environment)}.NetworkInterfaceIds.${index}`,
          ),
        },
      });
    }
  });

  test('both environments answer to the door’s name, each at its own endpoint and for nobody else', () => {
    for (const environment of environments) {
      const endpoint = endpointOf(environment);
      const onlyThrough = {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: 'execute-api:Invoke',
            Resource: 'execute-api:/*',
            Condition: { StringEquals: { 'aws:SourceVpce': endpoint } },
          },
        ],
      };
      const api = theOne(environment, 'AWS::ApiGateway::RestApi');
      expect(api.properties).toMatchObject({
        EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: [endpoint] },
        DisableExecuteApiEndpoint: true,
        Policy: onlyThrough,
      });
      const domain = theOne(environment, 'AWS::ApiGateway::DomainNameV2');
      const { Tags: _, ...properties } = domain.properties;
      expect(properties).toEqual({
        DomainName: '<DomainName>',
        CertificateArn: '<CertificateArn>',
        EndpointConfiguration: { Types: ['PRIVATE'] },
        SecurityPolicy: 'TLS_1_2',
        Policy: onlyThrough,
      });
      const DomainNameArn = `${domain.path}.DomainNameArn`;
      expect(theOne(environment, 'AWS::ApiGateway::BasePathMappingV2').properties).toEqual({
        DomainNameArn,
        RestApiId: api.path,
        Stage: `${api.path}/DeploymentStage.api`,
      });
      expect(theOne(environment, 'AWS::ApiGateway::DomainNameAccessAssociation').properties).toMatchObject({
        DomainNameArn,
        AccessAssociationSource: endpoint,
        AccessAssociationSourceType: 'VPCE',
      });
    }
    expect(stage.outputs['traffic/ApiUrl']).toBe('https://<DomainName>');
    expect(Object.keys(stage.outputs).filter((name) => name.endsWith('/ApiUrl'))).toEqual(['traffic/ApiUrl']);
  });

  test('each endpoint is for API Gateway, in a zone of each isolated subnet, without a name of its own', () => {
    const isolated = stage.all('AWS::EC2::Subnet').filter(({ path }) => path.includes('/EndpointsSubnet'));
    expect(isolated).toHaveLength(2);
    for (const environment of environments) {
      expect(stage.at(endpointOf(environment)).properties).toMatchObject({
        ServiceName: 'com.amazonaws.region.execute-api',
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: false,
        SubnetIds: isolated.map(({ path }) => path),
        SecurityGroupIds: ['shared/Network/EndpointSecurityGroup.GroupId'],
      });
    }
  });

  test('only the load balancer is reached from outside, and only it reaches the endpoints', () => {
    const DOOR = 'shared/Network/DoorSecurityGroup.GroupId';
    const ENDPOINTS = 'shared/Network/EndpointSecurityGroup.GroupId';
    const inline = stage.all('AWS::EC2::SecurityGroup').flatMap(({ path, properties }) =>
      z
        .array(Tcp)
        .parse(properties.SecurityGroupIngress ?? [])
        .map(({ CidrIp, FromPort, ToPort }) => `${path}.GroupId from ${CidrIp} on ${FromPort}-${ToPort}`),
    );
    const between = stage.all('AWS::EC2::SecurityGroupIngress').map(({ properties }) => {
      const { FromPort, ToPort } = Tcp.parse(properties);
      return `${properties.GroupId} from ${properties.SourceSecurityGroupId} on ${FromPort}-${ToPort}`;
    });
    expect([...inline, ...between]).toEqual([
      `${DOOR} from 0.0.0.0/0 on 443-443`,
      `${DOOR} from 0.0.0.0/0 on 80-80`,
      `${ENDPOINTS} from ${DOOR} on 443-443`,
    ]);
    const leaving = stage.all('AWS::EC2::SecurityGroupEgress').map(({ properties }) => {
      const { FromPort, ToPort } = Tcp.parse(properties);
      return `${properties.GroupId} to ${properties.DestinationSecurityGroupId} on ${FromPort}-${ToPort}`;
    });
    expect(leaving).toEqual([`${DOOR} to ${ENDPOINTS} on 443-443`]);
    // Isolated subnets have no way out: the only routes are those of the public ones.
    const routed = stage.all('AWS::EC2::Route').map(({ properties }) => String(properties.RouteTableId));
    expect(routed.every((table) => table.includes('/PublicSubnet'))).toBe(true);
    // The simulator admits its stage's functions only, by IAM.
    const open = stage
      .all('AWS::ApiGateway::RestApi')
      .filter(({ properties }) => JSON.stringify(properties.EndpointConfiguration).includes('REGIONAL'));
    expect(open.map(({ path }) => path)).toEqual(
      stage.config.vehicleSimulator ? ['vehicle-simulator/Api/RestApi'] : [],
    );
  });

  test('plain HTTP is redirected, and TLS is 1.2 at least', () => {
    expect(stage.at('traffic/FrontDoor/RedirectListener').properties).toMatchObject({
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [
        {
          Type: 'redirect',
          RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' },
        },
      ],
    });
    expect(listener.properties).toMatchObject({
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: expect.stringMatching(/^ELBSecurityPolicy-TLS13-1-2-Res-/),
      Certificates: [{ CertificateArn: '<CertificateArn>' }],
    });
  });

  test('the load balancer waits for API Gateway, passes the host on, and takes no odd requests', () => {
    const { properties } = stage.at('traffic/FrontDoor/LoadBalancer');
    expect(properties).toMatchObject({ Scheme: 'internet-facing', Type: 'application' });
    const attributes = Attributes.parse(properties.LoadBalancerAttributes);
    expect(attributes).toEqual({
      'deletion_protection.enabled': String(stage.config.removalPolicy === 'retain'),
      'idle_timeout.timeout_seconds': expect.toSatisfy((seconds: string) => Number(seconds) > 29),
      'routing.http.desync_mitigation_mode': 'defensive',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'routing.http.preserve_host_header.enabled': 'true',
      ...(stage.config.waf && { 'waf.fail_open.enabled': 'true' }),
    });
  });
});
