import { readFile } from 'node:fs/promises';
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { AppError } from '../bin/call.ts';
import type { StageAccess } from '../bin/stage-access.ts';
import { type EnvironmentName, stageConfig } from '../lib/stages.ts';
import type { Outcome } from '../vehicle-simulator/runner/run-cases.ts';
import { isOpen, ReleaseFile } from './record.ts';
import type { Proof } from './release-parts.ts';

/** DynamoDB's limit of keys in one request. */
const BATCH = 100;

/** Of a fault, in the record; the report has all of it. */
const FAULT_LENGTH = 160;

/** What scenarios say of an environment: every case must hold, and be carried out there and nowhere else. */
export async function proofOf(
  outcomes: readonly Outcome[],
  environment: EnvironmentName,
  access: StageAccess,
): Promise<Proof> {
  const held = outcomes.filter(({ result }) => result === 'HELD').length;
  const commands = outcomes.flatMap(({ eventId }) => eventId ?? []);
  const elsewhere = await commandsElsewhere(commands, environment, access);
  return {
    detail: `${held} of ${outcomes.length} cases held`,
    failures: [
      ...outcomes
        .filter(({ result }) => result !== 'HELD')
        .map(
          ({ case: { id }, result, faults }) =>
            `${id}: ${(faults[0] ?? result.toLowerCase()).slice(0, FAULT_LENGTH)}`,
        ),
      // Without this, scenarios that went by the weights would prove the old version.
      ...elsewhere.map((eventId) => `the command ${eventId} was not carried out by ${environment}`),
    ],
  };
}

const Command = z.object({
  eventId: z.object({ S: z.string() }),
  environment: z.object({ S: z.string() }),
});

async function commandsElsewhere(
  eventIds: readonly string[],
  environment: EnvironmentName,
  access: StageAccess,
): Promise<string[]> {
  const dynamoDb = new DynamoDBClient(access.client('DYNAMODB'));
  const table = access.output('EventsTable');
  const there = new Set<string>();
  const keys = eventIds.map((eventId) => ({ pk: { S: `COMMAND#${eventId}` }, sk: { S: 'STATE' } }));
  while (keys.length > 0) {
    const { Responses = {}, UnprocessedKeys = {} } = await dynamoDb.send(
      new BatchGetItemCommand({
        RequestItems: {
          [table]: { Keys: keys.splice(0, BATCH), ProjectionExpression: 'eventId, environment' },
        },
      }),
    );
    for (const item of Responses[table] ?? []) {
      const { eventId, environment: its } = Command.parse(item);
      if (its.S === environment) there.add(eventId.S);
    }
    for (const { pk, sk } of UnprocessedKeys[table]?.Keys ?? []) {
      if (pk?.S !== undefined && sk?.S !== undefined) keys.push({ pk: { S: pk.S }, sk: { S: sk.S } });
    }
  }
  dynamoDb.destroy();
  return eventIds.filter((eventId) => !there.has(eventId));
}

/**
 * Reads what proves a version for a stage without simulator: the file of a release, which all scenarios held for and
 * which customers' traffic went to, on a deployed stage with a simulator.
 * @throws AppError that says what it lacks
 */
export async function readProof(path: string): Promise<{ version: string; detail: string }> {
  let file: ReleaseFile;
  let simulates: boolean;
  try {
    file = ReleaseFile.parse(JSON.parse(await readFile(path, 'utf8')));
    // Throws for the name of a stage that there cannot be.
    simulates = stageConfig(file.stage).vehicleSimulator;
  } catch (error) {
    throw new AppError(`${path} is no release.json of a release`, { cause: error });
  }
  const { stage, deployed, record } = file;
  const { version, proved, scenarios, state, releaseId } = record;
  const lacks = [
    ...(deployed && simulates ? [] : ['is not of a deployed stage with a simulator']),
    ...(scenarios === 'all' ? [] : ['did not try all scenarios']),
    ...(version !== undefined && proved === version ? [] : ['has no version that was proved']),
    ...(state === 'RELEASED' && !isOpen(record) ? [] : [`is ${state}, not RELEASED for good`]),
  ];
  if (version === undefined || lacks.length > 0) {
    throw new AppError(`The release ${releaseId} of ${stage} proves nothing: it ${lacks.join(', and ')}`);
  }
  return { version, detail: `by release ${releaseId} of ${stage}` };
}
