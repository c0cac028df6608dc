import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { expect, onTestFinished, test } from 'vitest';
import { region } from '../../../local/messaging/engine.ts';
import { startTaggingEndpoint } from '../../../local/tagging/endpoint.ts';
import { ResourceTags } from '../../../local/tagging/resource-tags.ts';

const arn = (queue: string) => `arn:aws:sqs:${region}:000000000000:${queue}`;

async function start() {
  const tags = new ResourceTags();
  tags.put(arn('commands'), [
    { Key: 'stage', Value: 'test' },
    { Key: 'queue', Value: 'Commands' },
  ]);
  tags.put(arn('dead'), [
    { Key: 'stage', Value: 'test' },
    { Key: 'queue', Value: 'Commands' },
    { Key: 'dead-letters', Value: 'received' },
  ]);
  tags.put(arn('untagged'), undefined);
  const endpoint = await startTaggingEndpoint(tags);
  const client = new ResourceGroupsTaggingAPIClient({
    endpoint: endpoint.url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(async () => {
    client.destroy();
    await endpoint.close();
  });
  const find = async (input: GetResourcesCommandInput) => {
    const filtered = { ResourceTypeFilters: ['sqs'], ...input };
    const { ResourceTagMappingList = [] } = await client.send(new GetResourcesCommand(filtered));
    return ResourceTagMappingList;
  };
  return { client, find };
}

test('queues are found that have all of the tags, with any or one of the values', async () => {
  const { find } = await start();
  const found = async (...TagFilters: { Key: string; Values?: string[] }[]) =>
    (await find({ TagFilters })).map(({ ResourceARN }) => ResourceARN?.split(':').at(-1));
  expect(await found()).toEqual(['commands', 'dead', 'untagged']);
  expect(await found({ Key: 'queue' })).toEqual(['commands', 'dead']);
  expect(await found({ Key: 'queue' }, { Key: 'dead-letters', Values: ['received', 'other'] })).toEqual([
    'dead',
  ]);
  expect(await found({ Key: 'queue' }, { Key: 'stage', Values: ['prod'] })).toEqual([]);
});

test('what is found comes with its tags', async () => {
  const { find } = await start();
  expect(await find({ TagFilters: [{ Key: 'dead-letters' }] })).toEqual([
    {
      ResourceARN: arn('dead'),
      Tags: [
        { Key: 'stage', Value: 'test' },
        { Key: 'queue', Value: 'Commands' },
        { Key: 'dead-letters', Value: 'received' },
      ],
    },
  ]);
});

test('what the local stage does not know is refused, not answered with nothing', async () => {
  const { client, find } = await start();
  const refused = { name: 'InvalidParameterException' };
  await expect(find({ ResourceTypeFilters: ['sns'] })).rejects.toMatchObject(refused);
  await expect(find({ ResourcesPerPage: 1 })).rejects.toMatchObject(refused);
  const tag = new TagResourcesCommand({ ResourceARNList: [arn('dead')], Tags: { a: 'b' } });
  await expect(client.send(tag)).rejects.toThrow('TagResources is not supported on the local stage');
});
