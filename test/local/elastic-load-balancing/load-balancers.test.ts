import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import { BLUE, forwardTo, frontDoor, GREEN, header, SECRET, targetGroup } from './support.ts';

describe('by weights', () => {
  it.each([
    [100, 0],
    [80, 2000],
    [50, 5000],
    [0, 10_000],
  ])('%i % to blue sends about %i of 10,000 requests to green', (percentOfBlue, expected) => {
    const { shift, decide } = frontDoor();
    shift(percentOfBlue);
    const greens = Array.from({ length: 10_000 }, () => decide()).filter((target) => target === GREEN).length;
    // Six standard deviations of a binomial distribution: chance alone exceeds them once in 500 million runs.
    const deviation = Math.sqrt(10_000 * (percentOfBlue / 100) * (1 - percentOfBlue / 100));
    expect(Math.abs(greens - expected)).toBeLessThanOrEqual(6 * deviation);
  });

  it.each([
    [0, BLUE],
    [0.7999, BLUE],
    [0.8, GREEN],
    [0.9999, GREEN],
  ])('the share of each group is its weight: %f', (random, target) => {
    const { shift, decide } = frontDoor(() => random);
    shift(80);
    expect(decide()).toBe(target);
  });

  it('targets of one group take turns', () => {
    const { loadBalancers, weights, decide } = frontDoor();
    const both = loadBalancers.createTargetGroup('both', targetGroup('10.0.0.8', '10.0.0.9'));
    loadBalancers.modifyRule({ RuleArn: weights, Actions: [forwardTo([both, 1])] });
    const seen = [decide(), decide(), decide(), decide()];
    expect(seen.toSorted()).toEqual(['10.0.0.8', '10.0.0.8', '10.0.0.9', '10.0.0.9']);
    expect(seen[0]).not.toBe(seen[1]);
  });

  it.each<[string, (arn: string) => JsonObject]>([
    ['the group has no targets', (arn) => forwardTo([arn, 1])],
    ['no group has a weight', (arn) => forwardTo([arn, 0])],
  ])('nobody takes it: %s', (_, action) => {
    const { loadBalancers, weights, decide } = frontDoor();
    const empty = loadBalancers.createTargetGroup('empty', targetGroup());
    loadBalancers.modifyRule({ RuleArn: weights, Actions: [action(empty)] });
    expect(decide()).toMatchObject({ status: 503, headers: { 'content-type': 'text/html' } });
  });
});

describe('testers', () => {
  it('pick the environment, whatever the weights are', () => {
    const { shift, decide } = frontDoor();
    for (const percent of [0, 100]) {
      shift(percent);
      expect(decide({ 'x-environment': 'green', 'x-test-secret': SECRET })).toBe(GREEN);
      expect(decide({ 'x-environment': 'blue', 'x-test-secret': SECRET })).toBe(BLUE);
    }
  });

  it('need not heed the case of values', () => {
    const { decide } = frontDoor();
    expect(decide({ 'x-environment': 'Green', 'x-test-secret': SECRET.toUpperCase() })).toBe(GREEN);
  });

  it.each<[string, Record<string, string>]>([
    ['no secret', { 'x-environment': 'green' }],
    ['another secret', { 'x-environment': 'green', 'x-test-secret': 'secret' }],
    ['an empty secret', { 'x-environment': 'green', 'x-test-secret': '' }],
    ['a part of the secret', { 'x-environment': 'green', 'x-test-secret': SECRET.slice(0, -1) }],
    ['more than the secret', { 'x-environment': 'green', 'x-test-secret': `${SECRET}0` }],
    ['a wildcard', { 'x-environment': 'green', 'x-test-secret': '*' }],
    ['wildcards', { 'x-environment': 'green', 'x-test-secret': '?'.repeat(SECRET.length) }],
    ['the secret alone', { 'x-test-secret': SECRET }],
    ['no environment', { 'x-environment': 'red', 'x-test-secret': SECRET }],
  ])('who has %s goes by the weights', (_, headers) => {
    expect(frontDoor().decide(headers)).toBe(BLUE);
  });
});

describe('a rule', () => {
  const add = (Conditions: JsonObject[], Priority = 10) => {
    const door = frontDoor();
    const Actions = [
      { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404', MessageBody: 'no' } },
    ];
    const rule = { ListenerArn: door.listener, Priority, Conditions, Actions };
    return { ...door, rule, arn: door.loadBalancers.createRule('rule', rule) };
  };
  const NO = { status: 404, headers: { 'content-type': 'text/plain' }, body: 'no' };

  it('has wildcards in its values', () => {
    const { decide } = add([header('user-agent', 'bot/?.*', 'crawler')]);
    for (const agent of ['bot/1.0', 'Bot/2.', 'crawler']) expect(decide({ 'user-agent': agent })).toEqual(NO);
    for (const agent of ['bot/10', 'my bot/1.0', 'bot/1x0']) {
      expect(decide({ 'user-agent': agent })).toBe(BLUE);
    }
  });

  it('is about paths, whose case counts, without the query', () => {
    const { decide } = add([{ Field: 'path-pattern', PathPatternConfig: { Values: ['/admin/*'] } }]);
    expect(decide({}, '/admin/x')).toEqual(NO);
    for (const path of ['/Admin/x', '/?/admin/x', '/admin']) expect(decide({}, path)).toBe(BLUE);
  });

  it('for all paths takes a request for an absolute URL too, as proxies send it, but none without a path', () => {
    const { decide } = frontDoor();
    for (const url of ['/', '/?a=b', 'http://door.example/a', 'http://door.example', 'HTTPS://door?a=/b']) {
      expect(decide({}, url), url).toBe(BLUE);
    }
    expect(decide({}, '*')).toMatchObject({ status: 503 });
  });

  it('is about hosts', () => {
    const { decide } = add([{ Field: 'host-header', HostHeaderConfig: { Values: ['*.other.example'] } }]);
    expect(decide({}, '/', 'A.Other.example')).toEqual(NO);
    expect(decide()).toBe(BLUE);
  });

  it('comes before those of lower priority, whichever was there first', () => {
    const secret = { 'x-environment': 'green', 'x-test-secret': SECRET };
    expect(add([header('x-environment', 'green')]).decide(secret)).toBe(GREEN);
    const { rule, loadBalancers, decide } = add([header('x-environment', 'none')]);
    loadBalancers.createRule('first', {
      ...rule,
      Priority: -1,
      Conditions: [header('x-environment', 'green')],
    });
    expect(decide(secret)).toEqual(NO);
  });

  it('has a priority of its own', () => {
    expect(() => add([header('x', 'y')], 2)).toThrow('Priority 2 is taken');
  });

  it('has an ARN after its listener', () => {
    expect(add([header('x', 'y')]).arn).toMatch(/:listener-rule\/app\/door\/local\/https\/rule$/);
  });

  it.each<[string, JsonObject]>([
    ['source-ip', { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }],
    ['query-string', { Field: 'query-string', QueryStringConfig: { Values: [{ Value: 'x' }] } }],
  ])('is refused by name with a condition on %s', (field, condition) => {
    expect(() => add([condition])).toThrow(`a condition on ${field} does not run on the local stage`);
  });
});

describe('redirects', () => {
  it('keep what they do not change', () => {
    const { loadBalancers, loadBalancer } = frontDoor();
    const arn = loadBalancers.createListener('http', {
      LoadBalancerArn: loadBalancer,
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
      ],
    });
    const decide = (url: string) => loadBalancers.decide(arn, { url, host: 'door.example', headers: {} });
    expect(decide('/a/b?c=d')).toMatchObject({
      status: 301,
      headers: { location: 'https://door.example:443/a/b?c=d' },
    });
    expect(decide('/')).toMatchObject({ headers: { location: 'https://door.example:443/' } });
  });
});

describe('refused by name', () => {
  const { loadBalancers, loadBalancer, blue, listener } = frontDoor();
  const listening = (action: JsonObject) => ({
    LoadBalancerArn: loadBalancer,
    Port: 443,
    Protocol: 'HTTPS',
    DefaultActions: [action],
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'authentication',
      () => loadBalancers.createListener('l', listening({ Type: 'authenticate-oidc' })),
      /only the actions forward/,
    ],
    [
      'sticky sessions of an action',
      () =>
        loadBalancers.createListener(
          'l',
          listening({
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: blue }],
              TargetGroupStickinessConfig: { Enabled: true },
            },
          }),
        ),
      /sticky sessions/,
    ],
    [
      'sticky sessions of a target group',
      () =>
        loadBalancers.createTargetGroup('g', {
          ...targetGroup(),
          TargetGroupAttributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
        }),
      /sticky sessions/,
    ],
    [
      'plain HTTP to targets',
      () => loadBalancers.createTargetGroup('g', { ...targetGroup(), Port: 80 }),
      /443/,
    ],
    [
      'a load balancer of another type',
      () => loadBalancers.createLoadBalancer('n', { Type: 'network' }),
      /Type/,
    ],
    [
      'a target group that is not there',
      () => loadBalancers.createListener('l', listening(forwardTo(['arn:nothing', 1]))),
      /Target group 'arn:nothing' not found/,
    ],
    [
      'a listener of nothing',
      () =>
        loadBalancers.createListener('l', {
          ...listening(forwardTo([blue, 1])),
          LoadBalancerArn: 'arn:nothing',
        }),
      /no load balancer arn:nothing/,
    ],
    [
      'a rule of nothing',
      () =>
        loadBalancers.createRule('r', {
          ListenerArn: `${listener}x`,
          Priority: 9,
          Conditions: [header('x', 'y')],
          Actions: [forwardTo([blue, 1])],
        }),
      /not found/,
    ],
  ])('%s', (_, create, message) => {
    expect(create).toThrow(message);
  });
});

describe('the API', () => {
  it('describes what it has moved', () => {
    const { loadBalancers, weights, blue, green, shift } = frontDoor();
    const described = {
      Rules: [
        {
          RuleArn: weights,
          Priority: '1000',
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }],
          Actions: [
            {
              Type: 'forward',
              ForwardConfig: {
                TargetGroups: [
                  { TargetGroupArn: blue, Weight: 70 },
                  { TargetGroupArn: green, Weight: 30 },
                ],
                TargetGroupStickinessConfig: { Enabled: false },
              },
            },
          ],
          IsDefault: false,
        },
      ],
    };
    expect(shift(70)).toEqual(described);
    expect(loadBalancers.describeRules({ RuleArns: [weights] })).toEqual(described);
  });

  it('describes what rules do else', () => {
    const { loadBalancers, listener, weights, shift } = frontDoor();
    shift(70);
    const answer = { StatusCode: '404', ContentType: 'text/html' };
    const other = loadBalancers.createRule('other', {
      ListenerArn: listener,
      Priority: 10,
      Conditions: [header('x', 'y')],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: answer }],
    });
    expect(loadBalancers.describeRules({ RuleArns: [other, weights] })).toMatchObject({
      Rules: [
        { RuleArn: other, Conditions: [header('x', 'y')], Actions: [{ Type: 'fixed-response' }] },
        { RuleArn: weights },
      ],
    });
  });

  it.each<[string, (door: ReturnType<typeof frontDoor>) => unknown]>([
    [
      'TargetGroupNotFound',
      ({ loadBalancers, weights }) =>
        loadBalancers.modifyRule({ RuleArn: weights, Actions: [forwardTo(['arn:x', 1])] }),
    ],
    [
      'RuleNotFound',
      ({ loadBalancers, green }) =>
        loadBalancers.modifyRule({ RuleArn: 'arn:x', Actions: [forwardTo([green, 1])] }),
    ],
    [
      'ValidationError',
      ({ loadBalancers, weights, green }) =>
        loadBalancers.modifyRule({ RuleArn: weights, Actions: [forwardTo([green, 1000])] }),
    ],
    ['ValidationError', ({ loadBalancers }) => loadBalancers.describeRules({})],
    ['ValidationError', ({ loadBalancers }) => loadBalancers.describeRules({ RuleArns: [] })],
    ['RuleNotFound', ({ loadBalancers }) => loadBalancers.describeRules({ RuleArns: ['arn:x'] })],
  ])('says %s, and all stays as it is', (name, call) => {
    const door = frontDoor();
    expect(() => call(door)).toThrow(expect.objectContaining({ name }));
    expect(door.decide()).toBe(BLUE);
  });
});
