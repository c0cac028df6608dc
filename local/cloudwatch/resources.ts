import { accountId, region } from '../messaging/account.ts';
import type { Creator, Definitions } from '../resources.ts';
import { readAlarm } from './alarm.ts';

export const cloudWatchResources = ({ alarms }: Definitions): Readonly<Record<string, Creator>> => ({
  'AWS::CloudWatch::Alarm': ({ name, properties }) => {
    const alarmName = typeof properties.AlarmName === 'string' ? properties.AlarmName : name;
    const arn = `arn:aws:cloudwatch:${region}:${accountId}:alarm:${alarmName}`;
    alarms.push(readAlarm(alarmName, arn, properties));
    return { ref: alarmName, attributes: { Arn: arn } };
  },
});
