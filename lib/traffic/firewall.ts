import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { LARGEST_BODY } from '../event-creation/trigger-api.ts';
import { errorBody } from '../mapping-templates.ts';
import { TEST_SECRET_HEADER } from './override-headers.ts';

const WINDOW_SECONDS = 60;

/**
 * Requests of one address a minute. Phones share addresses of their networks: a hundred users who follow a command at
 * once poll 1,700 times.
 */
const REQUESTS_PER_ADDRESS = 2000;

/** Requests with one token a minute: a user who follows ten commands at once polls 170 times, a terminal four a second. */
const REQUESTS_PER_TOKEN = 600;

/** AWS's own rules, with the namespace of the labels that they put on what they match. */
const MANAGED_RULES = {
  AWSManagedRulesCommonRuleSet: 'awswaf:managed:aws:core-rule-set:',
  AWSManagedRulesKnownBadInputsRuleSet: 'awswaf:managed:aws:known-bad-inputs:',
} as const;

export interface FirewallProps {
  readonly loadBalancer: ApplicationLoadBalancer;
  /** The stage's, as a dynamic reference. */
  readonly testSecret: string;
}

/** The web application firewall at the front door: known attacks, and clients that ask far too often or too much. */
export class Firewall extends Construct {
  constructor(scope: Construct, id: string, { loadBalancer, testSecret }: FirewallProps) {
    super(scope, id);
    const scopeDownStatement = untested(testSecret);
    const rules: ((priority: number) => CfnWebACL.RuleProperty)[] = [
      rule('RateOfAddress', 429, 'TooOften', {
        rateBasedStatement: {
          limit: REQUESTS_PER_ADDRESS,
          evaluationWindowSec: WINDOW_SECONDS,
          aggregateKeyType: 'IP',
          scopeDownStatement,
        },
      }),
      rule('RateOfToken', 429, 'TooOften', {
        rateBasedStatement: {
          limit: REQUESTS_PER_TOKEN,
          evaluationWindowSec: WINDOW_SECONDS,
          aggregateKeyType: 'CUSTOM_KEYS',
          customKeys: [{ header: { name: 'authorization', textTransformations: AS_IT_IS } }],
          scopeDownStatement,
        },
      }),
      rule('BodySize', 413, 'TooLarge', {
        sizeConstraintStatement: {
          fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
          comparisonOperator: 'GT',
          size: LARGEST_BODY,
          textTransformations: AS_IT_IS,
        },
      }),
      ...Object.entries(MANAGED_RULES).flatMap(([name, namespace]) => [
        managed(name),
        rule(`${name}-Blocked`, 403, 'Blocked', {
          labelMatchStatement: { scope: 'NAMESPACE', key: namespace },
        }),
      ]),
    ];
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible('Firewall'),
      customResponseBodies: {
        TooOften: json(errorBody(429, `Rate limit is exceeded. Try again in ${WINDOW_SECONDS} seconds.`)),
        TooLarge: json(errorBody(413, 'The request body is too large.')),
        Blocked: json(errorBody(403, 'The request was blocked.')),
      },
      rules: rules.map((withPriority, index) => withPriority(index)),
    });
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: loadBalancer.loadBalancerArn,
      webAclArn: acl.attrArn,
    });
  }
}

const AS_IT_IS = [{ priority: 0, type: 'NONE' }];

/** A release runs hundreds of scenarios from one address, with one token: whoever holds the test secret is not counted. */
const untested = (testSecret: string): CfnWebACL.StatementProperty => ({
  notStatement: {
    statement: {
      byteMatchStatement: {
        fieldToMatch: { singleHeader: { Name: TEST_SECRET_HEADER } },
        positionalConstraint: 'EXACTLY',
        searchString: testSecret,
        textTransformations: AS_IT_IS,
      },
    },
  },
});

const json = (content: string): CfnWebACL.CustomResponseBodyProperty => ({
  contentType: 'APPLICATION_JSON',
  content,
});

const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // Samples would hold VINs.
  sampledRequestsEnabled: false,
});

/** What a rule of ours blocks is answered in the interface's shape. */
const rule =
  (
    name: string,
    responseCode: number,
    customResponseBodyKey: string,
    statement: CfnWebACL.StatementProperty,
  ) =>
  (priority: number): CfnWebACL.RuleProperty => ({
    name,
    priority,
    action: {
      block: {
        customResponse: {
          responseCode,
          customResponseBodyKey,
          ...(responseCode === 429
            ? { responseHeaders: [{ name: 'Retry-After', value: String(WINDOW_SECONDS) }] }
            : {}),
        },
      },
    },
    statement,
    visibilityConfig: visible(name),
  });

/**
 * A block of AWS's rules would be answered by the load balancer's own HTML, and its answer cannot be changed. So they
 * only count, and label what they would block; the rule behind them blocks by the label.
 */
const managed =
  (name: string) =>
  (priority: number): CfnWebACL.RuleProperty => ({
    name,
    priority,
    overrideAction: { count: {} },
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
    visibilityConfig: visible(name),
  });
