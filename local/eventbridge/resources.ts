import { accountId, region } from '../messaging/account.ts';
import type { Creator, Definitions } from '../resources.ts';
import { readRule } from './rule.ts';

/** Rules on the default bus; schedules are there for those that refer to them, and do not fire. */
export const eventBridgeResources = ({ eventRules }: Definitions): Readonly<Record<string, Creator>> => ({
  'AWS::Events::Rule': ({ name, properties }) => {
    const rule = readRule(name, properties);
    if (rule !== undefined) eventRules.push(rule);
    return { ref: name, attributes: { Arn: `arn:aws:events:${region}:${accountId}:rule/${name}` } };
  },
  'AWS::Scheduler::Schedule': ({ name }) => ({
    ref: name,
    attributes: { Arn: `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}` },
  }),
});
