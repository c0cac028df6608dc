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
  const { client, listener, loadBalancer, blue, green, shift } = await start();
  shift(25);
  const named = await client.send(new DescribeListenersCommand({ ListenerArns: [listener] }));
  const all = await client.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer }));
  for (const { Listeners } of [named, all]) {
    expect(Listeners).toMatchObject([{ ListenerArn: listener, Port: 443, Protocol: 'HTTPS' }]);
    expect(Listeners?.[0]?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups).toEqual([
      { TargetGroupArn: blue, Weight: 25 },
      { TargetGroupArn: green, Weight: 75 },
    ]);
  }
});

it('errors arrive as errors, with any text', async () => {
  const { client, listener } = await start();
  await expect(client.send(new DescribeListenersCommand({ ListenerArns: ['<&'] }))).rejects.toMatchObject({
    name: expect.stringMatching(/^ListenerNotFound/),
    message: "Listener '<&' not found",
  });
  await expect(client.send(new DescribeRulesCommand({ ListenerArn: listener }))).rejects.toMatchObject({
    message: 'DescribeRules is not supported on the local stage',
  });
});
