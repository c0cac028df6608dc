import { describe, expect, test } from 'vitest';
import { move, repair, rollBack, view } from '../../release/move.ts';
import type { ShiftingInput } from '../../release/shifting.ts';
import { trafficText } from '../../release/texts.ts';
import { FakeStage, STEPS } from './fake-stage.ts';

const partsOf = (stage: FakeStage, name = 'traffic-1') => ({
  traffic: stage.control,
  records: stage.records,
  clock: stage.clock,
  name,
  signal: new AbortController().signal,
});
const toGreen = (percent: number) =>
  ({ environment: 'green', percent, reason: 'by hand', force: false }) as const;
const wait = (stage: FakeStage, seconds: number) =>
  stage.clock.pause(seconds * 1000, new AbortController().signal);
const SHIFT: ShiftingInput = { action: 'shift', environment: 'green', steps: STEPS, reason: 'x' };

test('a share is set at once, and the table and the door agree on it', async () => {
  const stage = new FakeStage();
  const { table, door, agree } = await move({ ...partsOf(stage), ...toGreen(20) });
  expect([table.blue, door, agree]).toEqual([80, 80, true]);
  expect(stage.started.map(({ input }) => input)).toEqual([
    { action: 'shift', environment: 'green', steps: [{ percent: 20, seconds: 0 }], reason: 'by hand' },
  ]);
});

test('it is refused while somebody else moves traffic', async () => {
  const stage = new FakeStage();
  await stage.control.start('release-1', SHIFT);
  await expect(move({ ...partsOf(stage), ...toGreen(20) })).rejects.toThrow(
    /^Busy: .*release-1 moves traffic/,
  );
});

test('it is refused while a release needs the environment idle, but not with force', async () => {
  const stage = new FakeStage();
  const record = {
    releaseId: 'r1',
    environment: 'green',
    state: 'PROVING',
    startedAt: '2026-01-01T00:00:00.000Z',
    steps: [],
  } as const;
  await stage.records.open({ ...record, steps: [] }, undefined);
  await expect(move({ ...partsOf(stage), ...toGreen(20) })).rejects.toThrow(/r1 of green is PROVING/);
  expect(stage.started).toEqual([]);
  expect((await move({ ...partsOf(stage), ...toGreen(20), force: true })).table.blue).toBe(80);
});

describe('traffic is taken back', () => {
  const rolledBack = (stage: FakeStage, told: string[] = []) =>
    rollBack({ ...partsOf(stage, 'traffic-2'), reason: 'a bad feeling', tell: (line) => told.push(line) });

  test('to where it was, if nobody moves it', async () => {
    const stage = new FakeStage();
    await move({ ...partsOf(stage), ...toGreen(20) });
    const { table } = await rolledBack(stage);
    expect(table.blue).toBe(100);
    expect(stage.started.at(-1)?.input).toEqual({ action: 'rollback', reason: 'a bad feeling' });
  });

  test('by whoever moves it', async () => {
    const stage = new FakeStage();
    await stage.control.start('release-1', SHIFT);
    await wait(stage, 12);
    expect(stage.share('green')).toBe(50);
    const told: string[] = [];
    const { table } = await rolledBack(stage, told);
    expect(table.blue).toBe(100);
    expect(table.holder).toBeUndefined();
    expect(told).toEqual(['execution:release-1 is asked to go back'.replace('execution:', '')]);
    expect(stage.started).toHaveLength(1);
  });

  test('by itself, if who moved it has just ended', async () => {
    const stage = new FakeStage();
    await stage.control.start('release-1', { ...SHIFT, steps: [{ percent: 100, seconds: 0 }] });
    await wait(stage, 1);
    const { wish } = stage.control;
    stage.control.wish = async (arn, reason) => {
      await wait(stage, 1);
      return wish(arn, reason);
    };
    const { table } = await rolledBack(stage);
    expect(table.blue).toBe(100);
    expect(stage.started.map(({ name }) => name)).toEqual(['release-1', 'traffic-2']);
  });

  test('and it is said if that went wrong', async () => {
    const stage = new FakeStage();
    await stage.control.start('release-1', SHIFT);
    await wait(stage, 2);
    stage.onPause = () => stage.abort();
    await expect(rolledBack(stage)).rejects.toThrow(
      /release-1 ended as ABORTED: by hand.*traffic -- repair --stage int/,
    );
  });

  test('and it is said what to do if nobody knows who moves it', async () => {
    const stage = new FakeStage();
    stage.traffic = { ...stage.traffic, holder: 'execution:gone' };
    await expect(rolledBack(stage)).rejects.toThrow(/no execution gone.*traffic -- repair --stage int/);
    expect(stage.traffic.rollback).toBe('a bad feeling');
  });
});

test('who does not want to wait any more does not stop it', async () => {
  const stage = new FakeStage();
  const abort = new AbortController();
  stage.onPause = () => abort.abort();
  await expect(move({ ...partsOf(stage), signal: abort.signal, ...toGreen(20) })).rejects.toThrow(
    /goes on without you/,
  );
  await wait(stage, 2);
  expect(stage.share('green')).toBe(20);
});

test('an execution that AWS tells of only after a while is waited for', async () => {
  const stage = new FakeStage();
  const { execution } = stage.control;
  let asked = 0;
  stage.control.execution = async (arn) => {
    asked += 1;
    return asked < 4 ? undefined : execution(arn);
  };
  expect((await move({ ...partsOf(stage), ...toGreen(20) })).table.blue).toBe(80);
});

describe('a repair', () => {
  test('brings the door to what the table says, and nothing else', async () => {
    const stage = new FakeStage();
    await move({ ...partsOf(stage), ...toGreen(20) });
    stage.door = 100;
    const { agree, table } = await repair(partsOf(stage, 'traffic-2'));
    expect([agree, table.blue, table.previous]).toEqual([true, 80, 100]);
    expect(stage.started.at(-1)?.input).toEqual({ action: 'repair' });
  });

  test('frees the hold of who has ended, and of nobody else', async () => {
    const stage = new FakeStage();
    await stage.control.start('release-1', SHIFT);
    await repair(partsOf(stage, 'traffic-2'));
    expect(stage.started.at(-1)?.input).toEqual({ action: 'repair' });
    const { holder = '' } = stage.traffic;
    stage.abort();
    stage.traffic = { ...stage.traffic, holder };

    const before = await view(partsOf(stage));
    expect(before.holder).toBe('ABORTED');
    expect(trafficText(before, ' --stage int')).toMatch(
      /release-1 holds.*ended as ABORTED[\s\S]*traffic -- repair --stage int/,
    );
    const { table } = await repair(partsOf(stage, 'traffic-3'));
    expect(stage.started.at(-1)?.input).toEqual({ action: 'repair', failed: holder });
    expect(table.holder).toBeUndefined();
  });
});

test('who ends just when it is looked at does not count as one that holds', async () => {
  const stage = new FakeStage();
  await stage.control.start('release-1', { ...SHIFT, steps: [{ percent: 20, seconds: 0 }] });
  const { execution } = stage.control;
  stage.control.execution = async (arn) => {
    await wait(stage, 2);
    return execution(arn);
  };
  const found = await view(partsOf(stage));
  expect([found.holder, found.table.blue]).toEqual([undefined, 80]);
});

test('a door that says something else than the table is seen', async () => {
  const stage = new FakeStage();
  await move({ ...partsOf(stage), ...toGreen(20) });
  stage.door = 100;
  const found = await view(partsOf(stage));
  expect(found.agree).toBe(false);
  expect(trafficText(found, ' --stage int')).toMatch(
    /blue 80 %, green 20 %[\s\S]*blue 100 %.*do not agree[\s\S]*Nobody[\s\S]*traffic -- repair --stage int/,
  );
});
