import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../aws/client.ts';
import { readEnvironment } from '../environment.ts';
import { logger } from '../logger.ts';
import { deleteStack, describeStack, executionLogs, lastRequestAt } from './cloud.ts';
import { lookAfter } from './look-after.ts';

const environment = readEnvironment({
  STAGE: z.string(),
  EXPIRES_AFTER_DAYS: z.coerce.number().int().min(1),
  STACKS: z.string(),
  OWN_STACK: z.string(),
  API_NAMES: z.string(),
  TOPIC_ARN: z.string(),
});
const cloudFormation = awsClient(CloudFormationClient, 'cloudformation');
const cloudWatch = awsClient(CloudWatchClient, 'monitoring');
const sns = awsClient(SNSClient, 'sns');

const stage = {
  name: environment.STAGE,
  expiresAfterDays: environment.EXPIRES_AFTER_DAYS,
  stacks: environment.STACKS.split(','),
  ownStack: environment.OWN_STACK,
};

/** A stack takes minutes. */
const PAUSE_MS = 10_000;
/** For the last look and the message that follows. */
const RESERVE_MS = 30_000;

export async function handler(_: unknown, context: Context): Promise<void> {
  const outcome = await lookAfter(stage, {
    describe: (name) => describeStack(cloudFormation, name),
    delete: (name) => deleteStack(cloudFormation, name),
    pause: () => sleep(PAUSE_MS),
    hasTime: () => context.getRemainingTimeInMillis() > PAUSE_MS + RESERVE_MS,
    executionLogs: (name) => executionLogs(cloudFormation, name),
    lastRequestAt: () =>
      lastRequestAt(cloudWatch, environment.API_NAMES.split(','), stage.expiresAfterDays, Date.now()),
    tell: async (Subject, Message) => {
      await sns.send(new PublishCommand({ TopicArn: environment.TOPIC_ARN, Subject, Message }));
    },
    now: Date.now,
  });
  logger.info('Looked whether the stage is still used', { outcome });
}
