import * as z from 'zod';
import { stageConfig } from '../../lib/stages.ts';
import { type Resource, synthesise } from '../lib/synthesis.ts';

/** What the templates of a stage say: who gets which messages, and what runs there. Everything is named by its path. */

const stage = synthesise(stageConfig('dev-x'));

/** What answers people, signs them in, stands for peers, or takes the stage down, is not a part of the model. */
const isInModel = ({ path }: Resource): boolean =>
  !/^(vehicle-simulator|expiry|shared\/DemoUsers)\//.test(path) && !/\/(Authorize|History)$/.test(path);
const all = (type: string): Resource[] => stage.all(type).filter(isInModel);

const Queue = z.object({
  VisibilityTimeout: z.number(),
  RedrivePolicy: z.object({ maxReceiveCount: z.number() }),
});
const EventSourceMapping = z.object({
  BatchSize: z.number(),
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  FunctionResponseTypes: z.tuple([z.literal('ReportBatchItemFailures')]),
  MaximumBatchingWindowInSeconds: z.number().default(0),
});
const Pipe = z.object({
  Source: z.string(),
  SourceParameters: z.object({ SqsQueueParameters: z.object({ BatchSize: z.number() }) }),
  Target: z.string(),
});

/** What takes messages from which queue: a function, or a workflow. */
const consumers = [
  ...all('AWS::Lambda::EventSourceMapping').map(({ properties }) => {
    const { EventSourceArn, BatchSize, FunctionName, ...mapping } = EventSourceMapping.parse(properties);
    const windowMs = mapping.MaximumBatchingWindowInSeconds * 1000;
    return { name: EventSourceArn, batchSize: BatchSize, windowMs, consumer: FunctionName };
  }),
  ...all('AWS::Pipes::Pipe').map(({ properties }) => {
    const { Source, SourceParameters, Target } = Pipe.parse(properties);
    const { BatchSize } = SourceParameters.SqsQueueParameters;
    return { name: Source, batchSize: BatchSize, windowMs: 0, consumer: Target };
  }),
];

export const queues = consumers.map((consumer) => {
  const { VisibilityTimeout, RedrivePolicy } = Queue.parse(stage.at(consumer.name).properties);
  const { maxReceiveCount } = RedrivePolicy;
  return { ...consumer, visibilityMs: VisibilityTimeout * 1000, maxReceiveCount };
});

const Subscription = z.object({
  TopicArn: z.string(),
  /** A queue. */
  Endpoint: z.string(),
  RawMessageDelivery: z.literal(true),
  FilterPolicy: z.record(z.string(), z.array(z.string())).default({}),
});
const subscriptions = all('AWS::SNS::Subscription').map(({ properties }) => Subscription.parse(properties));

/** The queues that get a message with these attributes. */
export const subscribersOf = (topic: string, attributes: Readonly<Record<string, string>>): string[] =>
  subscriptions
    .filter(
      ({ TopicArn, FilterPolicy }) =>
        TopicArn === topic &&
        Object.entries(FilterPolicy).every(([name, values]) => values.includes(attributes[name] ?? '')),
    )
    .map(({ Endpoint }) => Endpoint);

const Workflow = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.string()),
});
export const workflows = all('AWS::StepFunctions::StateMachine').map(({ path, properties }) => {
  const { DefinitionString, DefinitionSubstitutions } = Workflow.parse(properties);
  const definition = DefinitionString.replaceAll(
    /\$\{(\w+)\}/g,
    (_, name: string) => DefinitionSubstitutions[name] ?? '',
  );
  return { path, definition };
});

const Lambda = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});
export const functions = all('AWS::Lambda::Function').map((lambda) => ({
  path: lambda.path,
  entry: stage.entryOf(lambda),
  variables: Lambda.parse(lambda.properties).Environment.Variables,
}));

export const tables = all('AWS::DynamoDB::GlobalTable').map(
  ({ path, properties: { AttributeDefinitions = [], KeySchema = [] } }) => ({
    path,
    keys: { AttributeDefinitions, KeySchema },
  }),
);
