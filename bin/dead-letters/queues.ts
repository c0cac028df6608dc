import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { GetQueueUrlCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { DEAD_LETTER_KINDS, type DeadLetterKind, QUEUE_TAGS } from '../../lib/queue-tags.ts';
import { AppError } from '../call.ts';
import type { StageAccess } from '../stage-access.ts';

/** A queue of dead letters, and the queue that they are of. */
export interface DeadLetterQueue {
  /** Of the queue that they are of, with its environment: `blue/EventProcessing/PersistenceQueue`. */
  readonly name: string;
  readonly kind: DeadLetterKind;
  readonly url: string;
  /** Where a letter belongs. */
  readonly sourceUrl: string;
}

const Tags = z.looseObject({
  environment: z.string(),
  [QUEUE_TAGS.queue]: z.string(),
  [QUEUE_TAGS.deadLetters]: z.enum(DEAD_LETTER_KINDS).optional(),
});

/**
 * The dead-letter queues of a stage, by name.
 * @param stage its name; undefined for a local stage, which is the only one at its endpoints
 * @throws AppError if there are none
 */
export async function deadLetterQueues(
  access: StageAccess,
  sqs: SQSClient,
  stage: string | undefined,
): Promise<DeadLetterQueue[]> {
  const tagged = await taggedQueues(access, stage);
  const urls = new Map<string, string>();
  await Promise.all(
    tagged.map(async ({ arn }) => {
      const url = await urlOf(sqs, arn);
      if (url !== undefined) urls.set(arn, url);
    }),
  );
  const sources = new Map(
    tagged.filter(({ kind }) => kind === undefined).map(({ name, arn }) => [name, urls.get(arn)]),
  );
  const found = tagged.flatMap(({ name, kind, arn }) => {
    const [url, sourceUrl] = [urls.get(arn), sources.get(name)];
    if (kind === undefined || url === undefined || sourceUrl === undefined) return [];
    return [{ name, kind, url, sourceUrl }];
  });
  if (found.length === 0) {
    throw new AppError('The stage has no tagged dead-letter queues. Deploy it anew, or check AWS_REGION');
  }
  return found.sort((a, b) => `${a.name}/${a.kind}`.localeCompare(`${b.name}/${b.kind}`));
}

async function taggedQueues(access: StageAccess, stage: string | undefined) {
  const client = new ResourceGroupsTaggingAPIClient(access.client('RESOURCE_GROUPS_TAGGING_API'));
  const TagFilters = [
    { Key: QUEUE_TAGS.queue },
    ...(stage === undefined ? [] : [{ Key: 'stage', Values: [stage] }]),
  ];
  const found: { name: string; kind: DeadLetterKind | undefined; arn: string }[] = [];
  const pages = paginateGetResources({ client }, { ResourceTypeFilters: ['sqs'], TagFilters });
  for await (const { ResourceTagMappingList = [] } of pages) {
    for (const { ResourceARN: arn = '', Tags: list = [] } of ResourceTagMappingList) {
      const tags = Tags.safeParse(Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])));
      // Someone else's queue that happens to have a tag of that name.
      if (!tags.success) continue;
      const { environment, [QUEUE_TAGS.queue]: queue, [QUEUE_TAGS.deadLetters]: kind } = tags.data;
      found.push({ name: `${environment}/${queue}`, kind, arn });
    }
  }
  client.destroy();
  return found;
}

/** @returns undefined for a queue that is gone: the Tagging API still finds it for a while */
async function urlOf(sqs: SQSClient, arn: string): Promise<string | undefined> {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: arn.split(':').at(-1) }));
    return QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}

/**
 * Those that a user means: `PersistenceQueue`, `blue/EventProcessing/PersistenceQueue`, in any case. A queue may have
 * two, one for each kind.
 * @throws AppError if there is none, or if the name fits several queues
 */
export function queuesNamed(queues: readonly DeadLetterQueue[], text: string): DeadLetterQueue[] {
  const wanted = `/${text.toLowerCase()}`;
  const found = queues.filter(({ name }) => `/${name.toLowerCase()}`.endsWith(wanted));
  const names = [...new Set((found.length === 0 ? queues : found).map(({ name }) => name))];
  if (found.length === 0) throw new AppError(`There is no queue '${text}'. There are ${names.join(', ')}`);
  if (names.length > 1) throw new AppError(`'${text}' may be ${names.join(' or ')}. Say more of its name`);
  return found;
}
