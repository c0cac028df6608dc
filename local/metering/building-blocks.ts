import * as z from 'zod';
import type { Json } from '../aws.ts';
import type { Resource, StackArtifact } from '../cloudformation/assembly.ts';
import { accountId } from '../messaging/account.ts';
import { resourceName } from '../resource-name.ts';
import { Block } from './meter-reading.ts';

/** Who pays for a use: a building block, and the resource's name in it. */
export interface Owner {
  readonly block: Block;
  /** For people: `Persistence`, `EventsTopic`; the same in each environment. */
  readonly resource: string;
}

/** Types of resources that are used, or that use others; and what their names end with. */
const KINDS: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::RestApi': 'Api',
  'AWS::DynamoDB::GlobalTable': 'Table',
  'AWS::DynamoDB::Table': 'Table',
  'AWS::IAM::Role': 'Role',
  'AWS::Lambda::Function': '',
  'AWS::Pipes::Pipe': 'Pipe',
  'AWS::SecretsManager::Secret': 'Secret',
  'AWS::SNS::Topic': 'Topic',
  'AWS::SQS::Queue': 'Queue',
  'AWS::StepFunctions::StateMachine': 'Workflow',
};

/** By which AWS's own bill can be split. */
const TAG = 'building-block';

const Tags = z.union([
  z.array(z.object({ Key: z.string(), Value: z.json() })),
  z
    .record(z.string(), z.json())
    .transform((tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))),
]);

const Replicas = z.tuple([z.object({ Tags: z.json().optional() })]).rest(z.json());

const STATUS_POLLS = 'status-polls';

/** How the API reads statuses for polls, in a role of its own; what else it reads in that, it queries. */
const STATUS_READER = { logicalId: /^EventCreationStatusRole[0-9A-F]{8}$/, action: 'GetItem' };

/**
 * Which building block pays for what: the one that causes the use, by the tag of the resource that it has on AWS too.
 * A function's write belongs to the function's block, whosever table it is.
 */
export class BuildingBlocks {
  readonly #owners = new Map<string, Owner>();
  /** ARNs of roles. */
  readonly #statusReaders = new Set<string>();

  /** @throws Error for a resource without a building block */
  constructor(stacks: readonly StackArtifact[]) {
    for (const { stackName, template } of stacks) {
      for (const [logicalId, resource] of Object.entries(template.Resources)) {
        const kind = KINDS[resource.Type];
        if (kind === undefined) continue;
        const block = Block.safeParse(tagOf(resource));
        if (!block.success) {
          throw new Error(`${stackName}: ${logicalId} has no building block: tag it (lib/tags.ts)`);
        }
        const name = resourceName(stackName, logicalId);
        this.#owners.set(name, { block: block.data, resource: nameWithin(block.data, logicalId, kind) });
        if (STATUS_READER.logicalId.test(logicalId)) this.#statusReaders.add(roleArn(name));
      }
    }
  }

  /**
   * @param name of a resource, or its ARN or URL, which ends with it
   * @throws Error if there is none
   */
  of(name: string): Owner {
    const owner = this.find(name);
    if (owner === undefined) throw new Error(`No building block has a resource ${name}`);
    return owner;
  }

  /** The same, or undefined: what is no part of the templates is nobody's. */
  find(name: string): Owner | undefined {
    return this.#owners.get(name) ?? this.#owners.get(lastPart(name));
  }

  /** By what the calls that are made in this role are told from others: `ofCaller` says who pays for them. */
  callerOf(role: string, action: string): string {
    return action === STATUS_READER.action && this.#statusReaders.has(role) ? STATUS_POLLS : role;
  }

  /**
   * Who pays for the calls of a role, or of a function, whose access key is its name; undefined for a caller that is
   * no part of the templates: tools are not.
   */
  ofCaller(caller: string): Block | undefined {
    return caller === STATUS_POLLS ? STATUS_POLLS : this.find(caller)?.block;
  }
}

const roleArn = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;

/** `blue-X` of `arn:aws:iam::1:role/blue-X`, `arn:aws:sqs:eu-central-1:1:blue-X` or `http://host/1/blue-X`. */
export const lastPart = (arn: string): string =>
  arn.slice(Math.max(arn.lastIndexOf(':'), arn.lastIndexOf('/')) + 1);

function tagOf({ Properties }: Resource): Json | undefined {
  const replicas = Replicas.safeParse(Properties.Replicas);
  const tags = Tags.safeParse(Properties.Tags ?? (replicas.success ? replicas.data[0].Tags : undefined));
  return tags.success ? tags.data.find(({ Key }) => Key === TAG)?.Value : undefined;
}

/** `EventProcessingEvents14F2D85A`, a topic, is the `EventsTopic` of `event-processing`. */
function nameWithin(block: Block, logicalId: string, kind: string): string {
  const prefix = block.replaceAll(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
  const id = logicalId.replace(/[0-9A-F]{8}$/, '');
  const name = id.startsWith(prefix) && id !== prefix ? id.slice(prefix.length) : id;
  return name.endsWith(kind) ? name : `${name}${kind}`;
}
