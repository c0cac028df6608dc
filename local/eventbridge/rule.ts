import * as z from 'zod';
import type { JsonObject } from '../aws.ts';
import { compilePattern } from './pattern.ts';
import { InputProperties } from './target-input.ts';

const Target = z.strictObject({
  Id: z.string(),
  Arn: z.string().regex(/^arn:aws:states:.*:stateMachine:/, 'only state machines are supported as targets'),
  RoleArn: z.string(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumRetryAttempts: z.int().min(0).max(185).optional(),
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).optional(),
    })
    .default({}),
  ...InputProperties.shape,
});
export type Target = z.infer<typeof Target>;

const Properties = z.strictObject({
  Description: z.string().optional(),
  EventBusName: z.literal('default', { error: 'only the default bus is supported' }).optional(),
  EventPattern: z.json().optional(),
  Name: z.string().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Tags: z.json().optional(),
  Targets: z.array(z.json()).default([]),
});

/** Whom to tell of which events. */
export interface EventRule {
  readonly name: string;
  readonly matches: (event: JsonObject) => boolean;
  readonly targets: readonly Target[];
}

/**
 * @param properties of an `AWS::Events::Rule`, resolved
 * @returns undefined for a rule that is disabled or has only a schedule, which does not fire on the local stage
 * @throws Error for what the local stage does not know
 */
export function readRule(name: string, properties: JsonObject): EventRule | undefined {
  const { EventPattern, State, Targets } = Properties.parse(properties);
  if (EventPattern === undefined || State === 'DISABLED') return undefined;
  return {
    name,
    matches: compilePattern(EventPattern),
    targets: Targets.map((target) => Target.parse(target)),
  };
}
