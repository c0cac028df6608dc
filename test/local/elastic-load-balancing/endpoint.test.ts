import {
  DescribeListenersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, it, onTestFinished } from 'vitest';
import { startLoadBalancingEndpoint } from '../../../local/elastic-load-balancing/endpoint.ts';
import { frontDoor } from './support.ts';

async function start() {
  const door = frontDoor();
  const endpoint = await startLoadBalancingEndpoint(door.loadBalancers);
  onTestFinished(() => endpoint.close());
  const client = new ElasticLoadBalancingV2Client({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'tool', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return { ...door, client };
}

it('the SDK reads the weights', async () => {
  const { client, weights, blue, green, shift } = await start();
  shift(25);
  const { Rules } = await client.send(new DescribeRulesCommand({ RuleArns: [weights] }));
  expect(Rules).toMatchObject([{ RuleArn: weights, Priority: '1000', IsDefault: false }]);
  expect(Rules?.[0]?.Conditions?.[0]?.PathPatternConfig?.Values).toEqual(['/*']);
  expect(Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups).toEqual([
    { TargetGroupArn: blue, Weight: 25 },
    { TargetGroupArn: green, Weight: 75 },
  ]);
});

it('errors arrive as errors, with any text', async () => {
  const { client, listener } = await start();
  await expect(client.send(new DescribeRulesCommand({ RuleArns: ['<&'] }))).rejects.toMatchObject({
    name: expect.stringMatching(/^RuleNotFound/),
    message: "Rule '<&' not found",
  });
  await expect(client.send(new DescribeRulesCommand({ ListenerArn: listener }))).rejects.toMatchObject({
    message: 'rules must be named on the local stage',
  });
  await expect(client.send(new DescribeListenersCommand({ ListenerArns: [listener] }))).rejects.toMatchObject(
    { message: 'DescribeListeners is not supported on the local stage' },
  );
});
