import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import * as z from 'zod';
import { QUEUE_TAGS } from '../../lib/queue-tags.ts';
import { stackName } from '../../lib/stack-names.ts';

/** What of a deployed stage has metrics, by the names that CloudWatch knows. */
export interface StageResources {
  /** `blue`, `green`. */
  readonly environments: readonly string[];
  /** Names of the APIs of apps. */
  readonly apis: readonly string[];
  /** `app/<name>/<id>`. */
  readonly loadBalancers: readonly string[];
  readonly functions: readonly string[];
  /** ARNs. */
  readonly workflows: readonly string[];
  readonly queues: readonly Queue[];
}

interface Queue {
  /** For people: `blue/EventProcessing/PersistenceQueue`. */
  readonly name: string;
  readonly queueName: string;
  readonly holdsDeadLetters: boolean;
}

const Tags = z.looseObject({ environment: z.string().optional(), 'building-block': z.string().optional() });
type Tags = z.infer<typeof Tags>;

/** Peers of the system, not the system. */
const SIMULATOR = 'vehicle-simulator';

/**
 * Finds them by their tags, in the account and region that the AWS SDK finds.
 * @param stage its name
 */
export async function stageResources(stage: string): Promise<StageResources> {
  const client = new ResourceGroupsTaggingAPIClient();
  const found: [arn: string, tags: Tags][] = [];
  const pages = paginateGetResources(
    { client },
    {
      TagFilters: [{ Key: 'stage', Values: [stage] }],
      ResourceTypeFilters: [
        'elasticloadbalancing:loadbalancer',
        'lambda:function',
        'sqs',
        'states:stateMachine',
      ],
    },
  );
  for await (const { ResourceTagMappingList = [] } of pages) {
    for (const { ResourceARN = '', Tags: list = [] } of ResourceTagMappingList) {
      found.push([ResourceARN, Tags.parse(Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])))]);
    }
  }
  client.destroy();
  return resourcesOf(stage, found);
}

/** @param found ARNs and tags of all kinds of resources */
export function resourcesOf(stage: string, found: readonly (readonly [string, Tags])[]): StageResources {
  const own = found.filter(([, tags]) => tags['building-block'] !== SIMULATOR);
  const of = (service: string) => own.filter(([arn]) => arn.split(':')[2] === service);
  const environments = [...new Set(of('lambda').flatMap(([, { environment }]) => environment ?? []))].filter(
    (environment) => environment === 'blue' || environment === 'green',
  );
  return {
    environments,
    // As lib/rest-api.ts names them.
    apis: environments.map((environment) => `${stackName(stage, environment)}-EventCreation`),
    loadBalancers: of('elasticloadbalancing').map(([arn]) => arn.split(':loadbalancer/')[1] ?? ''),
    functions: of('lambda').map(([arn]) => arn.split(':').at(-1) ?? ''),
    workflows: of('states').map(([arn]) => arn),
    queues: of('sqs').flatMap(([arn, tags]) => {
      const { environment = '', [QUEUE_TAGS.queue]: queue } = tags;
      if (typeof queue !== 'string') return [];
      return [
        {
          name: `${environment}/${queue}`,
          queueName: arn.split(':').at(-1) ?? '',
          holdsDeadLetters: tags[QUEUE_TAGS.deadLetters] !== undefined,
        },
      ];
    }),
  };
}
