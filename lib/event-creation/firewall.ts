import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { errorBody } from '../mapping-templates.ts';
import type { ServiceApi } from '../rest-api.ts';
import { LARGEST_BODY } from './trigger-api.ts';

const WINDOW_SECONDS = 60;

/**
 * Requests of one address a minute. Phones share addresses of their networks: a hundred users who follow a command at
 * once poll 1,700 times.
 */
const REQUESTS_PER_ADDRESS = 2000;

/** Requests with one token a minute: a user who follows ten commands at once polls 170 times, a terminal four a second. */
const REQUESTS_PER_TOKEN = 600;

/** The web application firewall before the REST API: known attacks, and clients that ask far too often or too much. */
export class Firewall extends Construct {
  constructor(scope: Construct, id: string, api: ServiceApi) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible('Firewall'),
      customResponseBodies: {
        TooOften: json(errorBody(429, `Rate limit is exceeded. Try again in ${WINDOW_SECONDS} seconds.`)),
        TooLarge: json(errorBody(413, 'The request body is too large.')),
      },
      rules: [
        rule('RateOfAddress', 0, 429, 'TooOften', {
          rateBasedStatement: {
            limit: REQUESTS_PER_ADDRESS,
            evaluationWindowSec: WINDOW_SECONDS,
            aggregateKeyType: 'IP',
          },
        }),
        rule('RateOfToken', 1, 429, 'TooOften', {
          rateBasedStatement: {
            limit: REQUESTS_PER_TOKEN,
            evaluationWindowSec: WINDOW_SECONDS,
            aggregateKeyType: 'CUSTOM_KEYS',
            customKeys: [
              { header: { name: 'authorization', textTransformations: [{ priority: 0, type: 'NONE' }] } },
            ],
          },
        }),
        rule('BodySize', 2, 413, 'TooLarge', {
          sizeConstraintStatement: {
            fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
            comparisonOperator: 'GT',
            size: LARGEST_BODY,
            textTransformations: [{ priority: 0, type: 'NONE' }],
          },
        }),
        managed('AWSManagedRulesCommonRuleSet', 3),
        managed('AWSManagedRulesKnownBadInputsRuleSet', 4),
      ],
    });
    const association = new CfnWebACLAssociation(this, 'Association', {
      resourceArn: api.deploymentStage.stageArn,
      webAclArn: acl.attrArn,
    });
    association.node.addDependency(api.deploymentStage);
  }
}

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

/** A rule of ours answers in the interface's shape by itself. */
const rule = (
  name: string,
  priority: number,
  responseCode: number,
  customResponseBodyKey: string,
  statement: CfnWebACL.StatementProperty,
): CfnWebACL.RuleProperty => ({
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

/** What AWS's rules block, API Gateway answers: its response WAF_FILTERED has the interface's shape. */
const managed = (name: string, priority: number): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
  visibilityConfig: visible(name),
});
