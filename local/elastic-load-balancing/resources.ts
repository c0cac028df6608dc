import type { Creator, Definitions } from '../resources.ts';
import { loadBalancerFullName, targetGroupFullName } from './load-balancers.ts';

/** Load balancers as templates define them. */
export const loadBalancing = ({ loadBalancers }: Definitions): Record<string, Creator> => ({
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ({ name, properties }) => {
    const arn = loadBalancers.createLoadBalancer(name, properties);
    return {
      ref: arn,
      attributes: {
        LoadBalancerArn: arn,
        LoadBalancerName: name,
        LoadBalancerFullName: loadBalancerFullName(arn),
        DNSName: `${name}.elb.local.invalid`,
        CanonicalHostedZoneID: 'Z0LOCAL',
      },
    };
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': ({ name, properties }) => {
    const arn = loadBalancers.createTargetGroup(name, properties);
    return {
      ref: arn,
      attributes: {
        TargetGroupArn: arn,
        TargetGroupName: name,
        TargetGroupFullName: targetGroupFullName(arn),
      },
    };
  },
  'AWS::ElasticLoadBalancingV2::Listener': ({ name, properties }) => {
    const arn = loadBalancers.createListener(name, properties);
    return { ref: arn, attributes: { ListenerArn: arn } };
  },
  'AWS::ElasticLoadBalancingV2::ListenerRule': ({ name, properties }) => {
    const arn = loadBalancers.createRule(name, properties);
    return { ref: arn, attributes: { RuleArn: arn, IsDefault: 'false' } };
  },
});
