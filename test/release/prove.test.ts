import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StageAccess } from '../../bin/stage-access.ts';
import { type DynamoDbEngine, startDynamoDb } from '../../local/dynamodb/engine.ts';
import { releasePage } from '../../release/page.ts';
import { proofOf, readProof } from '../../release/prove.ts';
import type { ReleaseFile, ReleaseRecord } from '../../release/record.ts';
import type { Outcome } from '../../vehicle-simulator/runner/run-cases.ts';
import { caseOf } from '../vehicle-simulator/runner/factories.ts';

const OPTIONS = { region: 'eu-central-1', accountId: '000000000000' };
let engine: DynamoDbEngine;
let access: StageAccess;
beforeAll(async () => {
  engine = await startDynamoDb(OPTIONS);
  const keys = ['pk', 'sk'] as const;
  await engine.createTable(
    {
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    },
    'Events',
  );
  access = {
    output: () => 'Events',
    has: () => true,
    where: '',
    client: () => ({
      endpoint: engine.endpoint,
      region: OPTIONS.region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  };
});
afterAll(() => engine?.close());

const ranAt = (eventId: string, environment: string) =>
  engine.call('PutItem', {
    TableName: 'Events',
    Item: {
      pk: { S: `COMMAND#${eventId}` },
      sk: { S: 'STATE' },
      eventId: { S: eventId },
      environment: { S: environment },
    },
  });
const outcomeOf = (eventId: string | undefined, changes: Partial<Outcome> = {}): Outcome => ({
  case: caseOf(),
  result: 'HELD',
  faults: [],
  eventId,
  seen: [],
  seconds: 1,
  ...changes,
});

test('a version is proved if all cases held, in its environment', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `event-${index}`);
  await Promise.all(ids.map((id) => ranAt(id, 'green')));
  const outcomes = [...ids.map((id) => outcomeOf(id)), outcomeOf(undefined)];
  expect(await proofOf(outcomes, 'green', access)).toEqual({
    detail: '251 of 251 cases held',
    failures: [],
  });
});

test('but not by commands that the other environment carried out', async () => {
  await ranAt('elsewhere', 'blue');
  const { failures } = await proofOf([outcomeOf('elsewhere'), outcomeOf('nowhere')], 'green', access);
  expect(failures).toEqual([
    'the command elsewhere was not carried out by green',
    'the command nowhere was not carried out by green',
  ]);
});

test('nor by cases that failed or did not end', async () => {
  const { detail, failures } = await proofOf(
    [
      outcomeOf(undefined, { result: 'FAILED', faults: ['polls: no end', 'more'] }),
      outcomeOf(undefined, { result: 'UNFINISHED' }),
    ],
    'green',
    access,
  );
  const { id } = caseOf();
  expect(detail).toBe('0 of 2 cases held');
  expect(failures).toEqual([`${id}: polls: no end`, `${id}: unfinished`]);
});

const RECORD: ReleaseRecord = {
  releaseId: 'r1',
  environment: 'green',
  version: 'v1',
  state: 'RELEASED',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T01:00:00.000Z',
  proved: 'v1',
  scenarios: 'all',
  steps: [{ at: '2026-01-01T00:00:00.000Z', what: 'opened', detail: 'a <b> & "c"' }],
};
const FILE: ReleaseFile = { stage: 'int', deployed: true, record: RECORD };

async function read(file: object) {
  const folder = mkdtempSync(join(tmpdir(), 'proof-'));
  try {
    const path = join(folder, 'release.json');
    writeFileSync(path, JSON.stringify(file));
    return await readProof(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a release of a stage with a simulator proves its version to others', async () => {
  expect(await read(FILE)).toEqual({ version: 'v1', detail: 'by release r1 of int' });
});

test.each([
  ['of a local stage', { ...FILE, stage: 'dev-local', deployed: false }, /deployed stage with a simulator/],
  ['of prod', { ...FILE, stage: 'prod' }, /deployed stage with a simulator/],
  ['of some scenarios', { ...FILE, record: { ...RECORD, scenarios: 'some' } }, /did not try all/],
  ['that was rolled back', { ...FILE, record: { ...RECORD, state: 'ROLLED_BACK' } }, /is ROLLED_BACK/],
  ['of another version', { ...FILE, record: { ...RECORD, proved: 'v0' } }, /no version that was proved/],
  [
    'that is to be taken back',
    { ...FILE, record: { ...RECORD, takeBack: 'probe failed' } },
    /not RELEASED for good/,
  ],
  ['of a stage that there cannot be', { ...FILE, stage: '../x' }, /is no release.json/],
  ['that is none', { some: 'thing' }, /is no release.json/],
])('but not one %s', async (_, file, message) => {
  await expect(read(file)).rejects.toThrow(message);
});

test('a release has a page, which shows what was written and no more', () => {
  const page = releasePage(FILE);
  expect(page).toContain('Release r1 <b class="good">RELEASED</b>');
  expect(page).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
});
