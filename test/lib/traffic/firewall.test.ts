import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { stageConfig } from '../../../lib/stages.ts';
import { kindsOfStages, synthesise } from '../synthesis.ts';

/** A release, which runs its scenarios from one address, is not counted. */
const WITHOUT_TEST_SECRET = {
  NotStatement: {
    Statement: {
      ByteMatchStatement: {
        FieldToMatch: { SingleHeader: { Name: 'x-test-secret' } },
        PositionalConstraint: 'EXACTLY',
        SearchString:
          '{{resolve:secretsmanager:traffic/FrontDoor/TestSecret:SecretString:::<OverrideVersion>}}',
        TextTransformations: [{ Priority: 0, Type: 'NONE' }],
      },
    },
  },
};

/** The rules in their order, by what each does. */
const RULES = [
  {
    Name: 'RateOfAddress',
    Action: answers(429, 'TooOften'),
    Statement: {
      RateBasedStatement: {
        AggregateKeyType: 'IP',
        EvaluationWindowSec: 60,
        Limit: 2000,
        ScopeDownStatement: WITHOUT_TEST_SECRET,
      },
    },
  },
  {
    Name: 'RateOfToken',
    Action: answers(429, 'TooOften'),
    Statement: {
      RateBasedStatement: {
        AggregateKeyType: 'CUSTOM_KEYS',
        CustomKeys: [
          { Header: { Name: 'authorization', TextTransformations: [{ Priority: 0, Type: 'NONE' }] } },
        ],
        EvaluationWindowSec: 60,
        Limit: 600,
        ScopeDownStatement: WITHOUT_TEST_SECRET,
      },
    },
  },
  {
    Name: 'BodySize',
    Action: answers(413, 'TooLarge'),
    Statement: {
      SizeConstraintStatement: {
        ComparisonOperator: 'GT',
        // What is longer than the firewall looks at is too large as well.
        FieldToMatch: { Body: { OversizeHandling: 'MATCH' } },
        Size: 8192,
        TextTransformations: [{ Priority: 0, Type: 'NONE' }],
      },
    },
  },
  // AWS's own rules come last: they would answer a large body by 403.
  ...managed('AWSManagedRulesCommonRuleSet', 'awswaf:managed:aws:core-rule-set:'),
  ...managed('AWSManagedRulesKnownBadInputsRuleSet', 'awswaf:managed:aws:known-bad-inputs:'),
];

/** They only label what they match; a rule of ours behind them blocks it, in the interface's shape. */
function managed(Name: string, Key: string) {
  return [
    {
      Name,
      OverrideAction: { Count: {} },
      Statement: { ManagedRuleGroupStatement: { VendorName: 'AWS', Name } },
    },
    {
      Name: `${Name}-Blocked`,
      Action: answers(403, 'Blocked'),
      Statement: { LabelMatchStatement: { Scope: 'NAMESPACE', Key } },
    },
  ];
}

function answers(ResponseCode: number, CustomResponseBodyKey: string) {
  const ResponseHeaders = [{ Name: 'Retry-After', Value: '60' }];
  const CustomResponse = {
    ResponseCode,
    CustomResponseBodyKey,
    ...(ResponseCode === 429 && { ResponseHeaders }),
  };
  return { Block: { CustomResponse } };
}

const Visibility = z.strictObject({
  MetricName: z.string(),
  CloudWatchMetricsEnabled: z.literal(true),
  // Samples would hold VINs.
  SampledRequestsEnabled: z.literal(false),
});
const Rule = z.looseObject({
  Name: z.string(),
  Priority: z.int(),
  VisibilityConfig: Visibility,
  Action: z
    .looseObject({
      Block: z.looseObject({
        CustomResponse: z.looseObject({ ResponseCode: z.int(), CustomResponseBodyKey: z.string() }),
      }),
    })
    .optional(),
});
const WebAcl = z.object({
  Scope: z.literal('REGIONAL'),
  DefaultAction: z.strictObject({ Allow: z.strictObject({}) }),
  VisibilityConfig: Visibility,
  CustomResponseBodies: z.record(
    z.string(),
    z.strictObject({ ContentType: z.literal('APPLICATION_JSON'), Content: z.string() }),
  ),
  Rules: z.array(Rule),
});

/** An error in the interface's shape, and nothing beside it. */
const ErrorBody = z.strictObject({ statusCode: z.int(), message: z.string().min(1) });

test('test, int and prod have a firewall', () => {
  const guarded = kindsOfStages().filter(({ waf }) => waf);
  expect(guarded.map(({ name }) => name)).toEqual(['test', 'int', 'prod']);
});

describe('in prod', () => {
  const stage = synthesise(stageConfig('prod'));
  const { Rules, CustomResponseBodies, VisibilityConfig } = WebAcl.parse(
    stage.at('traffic/FrontDoor/Firewall/WebAcl').properties,
  );

  test('the rules are these, in this order', () => {
    const ordered = Rules.toSorted((a, b) => a.Priority - b.Priority);
    expect(ordered.map(({ Priority: _, VisibilityConfig: __, ...rule }) => rule)).toEqual(RULES);
    expect(new Set(Rules.map(({ Priority }) => Priority)).size).toBe(Rules.length);
  });

  test('every rule has a metric of its own', () => {
    const metrics = Rules.map((rule) => rule.VisibilityConfig.MetricName);
    expect(metrics).toEqual(Rules.map(({ Name }) => Name));
    expect(metrics).not.toContain(VisibilityConfig.MetricName);
  });

  test('what is blocked by a rule of ours is answered in the interface’s shape, with its status', () => {
    const responses = Rules.flatMap(({ Action }) =>
      Action === undefined ? [] : [Action.Block.CustomResponse],
    );
    const used = responses.map(({ ResponseCode, CustomResponseBodyKey }) => {
      const { Content = '' } = CustomResponseBodies[CustomResponseBodyKey] ?? {};
      expect(ErrorBody.parse(JSON.parse(Content)).statusCode).toBe(ResponseCode);
      return CustomResponseBodyKey;
    });
    expect(new Set(used)).toEqual(new Set(Object.keys(CustomResponseBodies)));
  });

  test('whoever asks too often is told when to try again, in the words that apps know', () => {
    expect(JSON.parse(CustomResponseBodies.TooOften?.Content ?? '')).toEqual({
      statusCode: 429,
      message: 'Rate limit is exceeded. Try again in 60 seconds.',
    });
  });
});
