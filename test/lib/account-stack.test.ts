import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { ACCOUNT_STACK, AccountStack } from '../../lib/account-stack.ts';
import { stageConfig } from '../../lib/stages.ts';

const template = Template.fromStack(new AccountStack(new App(), ACCOUNT_STACK));

test('holds the role in which API Gateway writes logs, and nothing else', () => {
  expect(Object.values(template.toJSON().Resources as object)).toEqual([
    expect.objectContaining({
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' } },
          ],
        },
        ManagedPolicyArns: [
          {
            'Fn::Join': [
              '',
              [
                'arn:',
                { Ref: 'AWS::Partition' },
                ':iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
              ],
            ],
          },
        ],
      },
    }),
    expect.objectContaining({ Type: 'AWS::ApiGateway::Account' }),
  ]);
});

test('stays when its stack goes: other APIs of the account log by it', () => {
  for (const { DeletionPolicy } of Object.values(
    template.toJSON().Resources as Record<string, { DeletionPolicy?: string }>,
  )) {
    expect(DeletionPolicy).toBe('Retain');
  }
});

test('its name is that of no stage', () => {
  expect(() => stageConfig('account')).toThrow(/^There is no stage/);
});
