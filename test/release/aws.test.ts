import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../local/aws.ts';
import { releaseRecords, trafficControl } from '../../release/aws.ts';
import type { ReleaseRecord } from '../../release/record.ts';
import { Conflict, type ReleaseRecords, type TrafficControl } from '../../release/stage.ts';
import { startDoorStage } from './door-stage.ts';

let stage: Awaited<ReturnType<typeof startDoorStage>>;
let records: ReleaseRecords;
let control: TrafficControl;
beforeAll(async () => {
  stage = await startDoorStage();
  records = releaseRecords(stage.access);
  control = trafficControl(stage.access);
});
afterAll(() => stage?.stop());

beforeEach(async () => {
  const { Items = [] } = await stage.dynamoDb.call('Scan', { TableName: stage.table });
  for (const { id } of Items as { id: JsonObject }[]) {
    await stage.dynamoDb.call('DeleteItem', { TableName: stage.table, Key: { id } });
  }
});

const recordOf = (releaseId: string, changes: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  releaseId,
  environment: 'green',
  state: 'DEPLOYING',
  startedAt: '2026-01-01T00:00:00.000Z',
  steps: [{ at: '2026-01-01T00:00:00.000Z', what: 'opened' }],
  ...changes,
});
const put = (item: object) =>
  stage.dynamoDb.call('PutItem', {
    TableName: stage.table,
    Item: marshall(item) as unknown as JsonObject,
  });
const TRAFFIC = { blue: 80, version: 3, applied: 3, previous: 100, changedAt: '2026-01-01T00:00:00.000Z' };

describe('release records', () => {
  test('the one that was opened last is the newest', async () => {
    expect(await records.newest()).toBeUndefined();
    await records.open(recordOf('one'), undefined);
    await records.open(recordOf('two', { startedAt: '2026-01-02T00:00:00.000Z' }), 'one');
    expect(await records.newest()).toMatchObject({ releaseId: 'two' });
    await records.change('one', { state: 'ABANDONED' }, { states: ['DEPLOYING'] });
    expect((await records.list()).map(({ releaseId }) => releaseId)).toEqual(['two', 'one']);
  });

  test('of two that are opened at once, one is', async () => {
    const results = await Promise.allSettled([
      records.open(recordOf('one'), undefined),
      records.open(recordOf('two'), undefined),
    ]);
    const lost = results.findIndex(({ status }) => status === 'rejected');
    expect(results[lost]).toMatchObject({ reason: expect.any(Conflict) });
    expect(results[1 - lost]).toMatchObject({ status: 'fulfilled' });
    expect(await records.newest()).toMatchObject({ releaseId: lost === 0 ? 'two' : 'one' });
    expect(await records.list()).toHaveLength(1);
  });

  test('opening one may be repeated: nobody knows whether an answer that was lost was a success', async () => {
    await records.open(recordOf('one'), undefined);
    await records.open(recordOf('one'), undefined);
    await records.open(recordOf('two'), 'one');
    await records.open(recordOf('two'), 'one');
    expect(await records.newest()).toMatchObject({ releaseId: 'two' });
    await expect(records.open(recordOf('three'), 'one')).rejects.toThrow(Conflict);
    expect(await records.newest()).toMatchObject({ releaseId: 'two' });
  });

  test('one that is gone is still what the next one comes after', async () => {
    await put({ id: 'release', releaseId: 'gone' });
    expect(await records.newest()).toBeUndefined();
    expect(await records.newestId()).toBe('gone');
    await records.open(recordOf('one'), 'gone');
    expect(await records.newest()).toMatchObject({ releaseId: 'one' });
  });

  test('one whose process was killed before it was the newest is not listed', async () => {
    await put({ id: 'release#orphan', ...recordOf('orphan') });
    await records.open(recordOf('one'), undefined);
    expect((await records.list()).map(({ releaseId }) => releaseId)).toEqual(['one']);
  });

  test('are changed all at once, and only from the states and by the process that the change relies on', async () => {
    await records.open(recordOf('one'), undefined);
    await records.take('one', 'alice', new Date(0), new Date(1000));
    const step = { at: '2026-01-01T00:01:00.000Z', what: 'proved', detail: '3 of 3' };
    const changes = { state: 'PROVING', version: 'v1', proved: 'v1', scenarios: 'all', step } as const;
    await expect(records.change('one', changes, { states: ['SHIFTING'] })).rejects.toThrow(Conflict);
    const byBob = { states: ['DEPLOYING'], runner: 'bob' } as const;
    await expect(records.change('one', changes, byBob)).rejects.toThrow(Conflict);
    await expect(records.change('none', changes, { states: ['DEPLOYING'] })).rejects.toThrow(Conflict);
    expect(await records.get('one')).toMatchObject(recordOf('one'));

    await records.change('one', changes, { states: ['SHIFTING', 'DEPLOYING'], runner: 'alice' });
    expect(await records.get('one')).toEqual({
      ...recordOf('one'),
      runner: 'alice',
      runnerUntil: '1970-01-01T00:00:01.000Z',
      state: 'PROVING',
      version: 'v1',
      proved: 'v1',
      scenarios: 'all',
      steps: [{ at: '2026-01-01T00:00:00.000Z', what: 'opened' }, step],
    });
  });

  test('are of one process at a time', async () => {
    await records.open(recordOf('one'), undefined);
    const take = (runner: string, now: number) =>
      records.take('one', runner, new Date(now), new Date(now + 60_000));
    expect(await take('alice', 0)).toBe(true);
    expect(await take('bob', 60_000)).toBe(false);
    expect(await take('alice', 10_000)).toBe(true);
    expect(await take('bob', 70_001)).toBe(true);
    expect(await take('alice', 70_002)).toBe(false);
    await records.letGo('one', 'alice');
    expect(await take('alice', 70_003)).toBe(false);
    await records.letGo('one', 'bob');
    expect(await take('alice', 70_004)).toBe(true);
    expect(await take('alice', 70_005)).toBe(true);
    expect(await records.take('none', 'alice', new Date(0), new Date(1))).toBe(false);
  });
});

describe('traffic', () => {
  test('goes to blue as long as nobody has moved it', async () => {
    expect(await control.traffic()).toMatchObject({ blue: 100, version: 0 });
  });

  test('is as the workflow has written it', async () => {
    await put({ id: 'traffic', ...TRAFFIC, holder: 'arn', rollback: 'a wish', releaseId: 'r-1' });
    expect(await control.traffic()).toEqual({
      ...TRAFFIC,
      holder: 'arn',
      rollback: 'a wish',
      releaseId: 'r-1',
    });
  });

  test('has the weights of the door’s rule, by target group', async () => {
    stage.turnDoor(80);
    expect(await control.door()).toBe(80);
  });

  test('is wished back only from who moves it', async () => {
    expect(await control.wish('arn', 'why')).toBe(false);
    await put({ id: 'traffic', ...TRAFFIC });
    expect(await control.wish('arn', 'why')).toBe(false);
    await put({ id: 'traffic', ...TRAFFIC, holder: 'other' });
    expect(await control.wish('arn', 'why')).toBe(false);
    await put({ id: 'traffic', ...TRAFFIC, holder: 'arn' });
    expect(await control.wish('arn', 'why')).toBe(true);
    expect(await control.traffic()).toMatchObject({ holder: 'arn', rollback: 'why' });
  });
});

describe('executions', () => {
  test('are started once by a name', async () => {
    const input = { action: 'rollback', reason: 'x' } as const;
    const arn = await control.start('again', input);
    expect(arn).toMatch(/:execution:shifting:again$/);
    expect(await control.start('again', input)).toBe(arn);
    expect(control.executionArn('again')).toBe(arn);
    expect(stage.started).toMatchObject([{ name: 'again', input: JSON.stringify(input) }]);
    expect(await control.execution(arn)).toEqual({ arn, status: 'RUNNING' });
  });

  test('tell how they ended', async () => {
    const arn = control.executionArn('ended');
    expect(await control.execution(arn)).toBeUndefined();
    const output = JSON.stringify({ outcome: 'ROLLED_BACK', blue: 100, reason: 'Alarm: x' });
    stage.executions.set(arn, { status: 'SUCCEEDED', output });
    expect(await control.execution(arn)).toEqual({
      arn,
      status: 'SUCCEEDED',
      outcome: 'ROLLED_BACK',
      reason: 'Alarm: x',
    });
    stage.executions.set(arn, { status: 'FAILED', error: 'Busy', cause: 'Another one' });
    expect(await control.execution(arn)).toEqual({ arn, status: 'FAILED', reason: 'Busy: Another one' });
    stage.executions.set(arn, { status: 'ABORTED' });
    expect(await control.execution(arn)).toEqual({ arn, status: 'ABORTED' });
  });
});

test('a stage without a front door is told so', () => {
  const access = { ...stage.access, has: () => false };
  expect(() => releaseRecords(access)).toThrow(/one environment and no front door/);
  expect(() => trafficControl(access)).toThrow(/one environment and no front door/);
});
