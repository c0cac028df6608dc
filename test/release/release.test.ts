import { describe, expect, test } from 'vitest';
import { abandon } from '../../release/abandon.ts';
import { release } from '../../release/release.ts';
import { Conflict } from '../../release/stage.ts';
import { story } from '../../release/texts.ts';
import { FakeStage, releaseOf, STEPS } from './fake-stage.ts';

const whats = (stage: FakeStage): string[] => stage.record.steps.map(({ what }) => what);
const shifts = (stage: FakeStage) =>
  stage.started.flatMap(({ name, input }) => (input.action === 'shift' ? [{ name, ...input }] : []));

/** Throws where it would go on, as a process does that is killed; the runner it was is forgotten after a while. */
class Killed extends Error {}
const killed = () => Promise.reject(new Killed('killed'));

test('the idle environment gets the code, proves it, and takes over all traffic step by step', async () => {
  const stage = new FakeStage();
  const { parts, did } = releaseOf(stage);
  const seen = new Set<number>();
  const record = await release({ ...parts, onProgress: ({ percent }) => seen.add(percent) });

  expect(did).toEqual(['deploy green', 'prove v1 at green']);
  expect([...seen]).toEqual([0, 10, 50, 100]);
  expect(stage.share('green')).toBe(100);
  expect(record).toMatchObject({ state: 'RELEASED', environment: 'green', version: 'v1', proved: 'v1' });
  expect(whats(stage)).toEqual(['opened', 'deployed', 'proved', 'shifted', 'shifted', 'shifted', 'released']);
  expect(record.runner).toBeUndefined();
});

test('the next release is of the other environment', async () => {
  const stage = new FakeStage();
  await release(releaseOf(stage).parts);
  const { parts, did } = releaseOf(stage);
  await release(parts);
  expect(did[0]).toBe('deploy blue');
  expect(stage.share('blue')).toBe(100);
});

test('traffic that is split without a release must be moved first', async () => {
  const stage = new FakeStage();
  stage.traffic = { ...stage.traffic, blue: 80 };
  await expect(release(releaseOf(stage).parts)).rejects.toThrow(
    /split \(blue 80 %, green 20 %\).*traffic -- set blue 100/,
  );
});

test('alarms may forget what the scenarios have let fail', async () => {
  const stage = new FakeStage();
  stage.alarm = 'Alarm: GreenFailedCommands';
  const { parts, told } = releaseOf(stage, {
    settleSeconds: 180,
    clock: {
      now: stage.clock.now,
      pause: (milliseconds, signal) => {
        if (milliseconds === 180_000) stage.alarm = undefined;
        return stage.clock.pause(milliseconds, signal);
      },
    },
  });
  expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
  expect(told.join()).toContain('Waits 180 s');
});

test('what does not hold is refused, and named', async () => {
  const stage = new FakeStage();
  const failures = Array.from({ length: 12 }, (_, index) => `case-${index}: no end`);
  const { parts } = releaseOf(stage, { prove: async () => ({ detail: '88 of 100 cases held', failures }) });
  const { state, steps, endedAt } = await release(parts);
  expect(state).toBe('REFUSED');
  expect(endedAt).toBeDefined();
  const detail = steps.at(-1)?.detail;
  expect(detail).toMatch(/^88 of 100 cases held; case-0: no end; .*case-9: no end; and 2 more$/);
  expect(stage.started).toEqual([]);
  expect(stage.share('green')).toBe(0);
});

describe('a release that was broken off goes on', () => {
  test('in the deployment', async () => {
    const stage = new FakeStage();
    await expect(release(releaseOf(stage, { deploy: killed }).parts)).rejects.toThrow(Killed);
    expect(stage.record.state).toBe('DEPLOYING');
    const { parts, did } = releaseOf(stage);
    const { releaseId } = stage.record;
    expect(await release(parts)).toMatchObject({ releaseId, state: 'RELEASED' });
    expect(did).toEqual(['deploy green', 'prove v1 at green']);
  });

  test('in the scenarios, with those of the same version', async () => {
    const stage = new FakeStage();
    await expect(release(releaseOf(stage, { prove: killed }).parts)).rejects.toThrow(Killed);
    expect(stage.record.state).toBe('PROVING');
    const { parts, did } = releaseOf(stage);
    expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
    expect(did).toEqual(['deploy green', 'prove v1 at green']);
    expect(whats(stage).filter((what) => what === 'deployed')).toHaveLength(1);
  });

  const provedAndKilled = async () => {
    const stage = new FakeStage();
    const { change } = stage.records;
    stage.records.change = (releaseId, changes, condition) =>
      changes.state === 'SHIFTING' ? killed() : change(releaseId, changes, condition);
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(Killed);
    stage.records.change = change;
    expect(stage.record).toMatchObject({ state: 'PROVING', proved: 'v1' });
    return stage;
  };

  test('after the scenarios held for this very version, without them', async () => {
    const stage = await provedAndKilled();
    const { parts, did } = releaseOf(stage);
    expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
    expect(did).toEqual(['deploy green']);
  });

  test('but proves other sources anew, and what was only proved in part', async () => {
    const stage = await provedAndKilled();
    const { parts, did } = releaseOf(stage, { deploy: async () => 'v2' });
    expect(await release(parts)).toMatchObject({ state: 'RELEASED', version: 'v2', proved: 'v2' });
    expect(did).toEqual(['prove v2 at green']);

    const partly = new FakeStage();
    const { change } = partly.records;
    partly.records.change = (releaseId, changes, condition) =>
      changes.state === 'SHIFTING' ? killed() : change(releaseId, changes, condition);
    await expect(release(releaseOf(partly, { scenarios: 'some' }).parts)).rejects.toThrow(Killed);
    partly.records.change = change;
    const again = releaseOf(partly);
    await release(again.parts);
    expect(again.did).toContain('prove v1 at green');
    expect(partly.record.scenarios).toBe('all');
  });

  test('between the record and the start of the shift', async () => {
    const stage = new FakeStage();
    const { start } = stage.control;
    stage.control.start = killed;
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(Killed);
    stage.control.start = start;
    const { parts, did } = releaseOf(stage);
    expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
    expect(did).toEqual([]);
    expect(shifts(stage)).toHaveLength(1);
  });

  test('while traffic shifts: the shift has gone on meanwhile', async () => {
    const stage = new FakeStage();
    let pauses = 0;
    stage.onPause = () => {
      pauses += 1;
      if (pauses === 15) throw new Killed('killed');
    };
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(Killed);
    stage.onPause = () => undefined;
    expect(stage.share('green')).toBe(50);
    await stage.clock.pause(5000, new AbortController().signal);
    const { parts, did } = releaseOf(stage);
    expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
    expect(did).toEqual([]);
    expect(shifts(stage)).toHaveLength(1);
  });

  test('after a shift that was stopped by hand: all back, and anew from the first step', async () => {
    const stage = new FakeStage();
    stage.onPause = () => {
      if (stage.share('green') === 50) stage.abort();
    };
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(
      /ended as ABORTED: by hand.*Run this again/,
    );
    expect(stage.record.state).toBe('SHIFTING');
    expect(stage.share('green')).toBe(50);

    stage.onPause = () => undefined;
    const { parts, did } = releaseOf(stage);
    expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
    expect(did).toEqual([]);
    const { releaseId } = stage.record;
    expect(stage.started.map(({ name }) => name)).toEqual([
      `${releaseId}-1`,
      `${releaseId}-back-1`,
      `${releaseId}-2`,
    ]);
    expect(shifts(stage).map(({ steps }) => steps)).toEqual([STEPS, STEPS]);
    expect(whats(stage)).toContain('taken-back');
    // So a rollback would have gone to where the release began.
    expect(stage.traffic.previous).toBe(100);
  });

  test('after a shift that was stopped by hand, and whose hold nobody has ended', async () => {
    const stage = new FakeStage();
    stage.onPause = () => {
      if (stage.share('green') !== 50) return;
      const { holder } = stage.traffic;
      stage.abort();
      stage.traffic = { ...stage.traffic, ...(holder === undefined ? {} : { holder }) };
    };
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(/ABORTED/);
    stage.onPause = () => undefined;
    expect(await release(releaseOf(stage).parts)).toMatchObject({ state: 'RELEASED' });
    expect(stage.started.map(({ input }) => input.action)).toEqual(['shift', 'repair', 'rollback', 'shift']);
  });

  test('also when what takes traffic back has failed before', async () => {
    const stage = new FakeStage();
    stage.onPause = () => {
      if (stage.share('green') === 50) stage.abort();
    };
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(/ABORTED/);
    // Holds when the release wants to take traffic back.
    const { start } = stage.control;
    stage.control.start = async (name, input) => {
      stage.control.start = start;
      stage.traffic = { ...stage.traffic, holder: 'somebody' };
      return start(name, input);
    };
    stage.onPause = () => undefined;
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(/^Busy: somebody/);
    const { holder: _, ...rest } = stage.traffic;
    stage.traffic = rest;
    expect(await release(releaseOf(stage).parts)).toMatchObject({ state: 'RELEASED' });
    const { releaseId } = stage.record;
    expect(stage.started.map(({ name }) => name).slice(1)).toEqual([
      `${releaseId}-back-1`,
      `${releaseId}-back-2`,
      `${releaseId}-2`,
    ]);
  });
});

describe('traffic goes back', () => {
  test('when a probe fails, at the first sign', async () => {
    const stage = new FakeStage();
    const { parts, told } = releaseOf(stage, {
      probe: async () =>
        stage.share('green') < 50
          ? { result: 'held' }
          : { result: 'failed', reason: 'horn-blow: ended as ERROR' },
    });
    const record = await release(parts);
    expect(record).toMatchObject({ state: 'ROLLED_BACK' });
    expect(record.steps.at(-1)).toMatchObject({
      what: 'rolled-back',
      detail: 'probe failed: horn-blow: ended as ERROR',
    });
    expect(stage.share('green')).toBe(0);
    expect(told.join()).toContain('A probe failed');
  });

  test('but not for a probe that was not sent', async () => {
    const stage = new FakeStage();
    const { parts, told } = releaseOf(stage, {
      probe: async () =>
        stage.share('green') === 50
          ? { result: 'unsent', reason: 'fetch failed, no route to host' }
          : { result: 'held' },
    });
    expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
    expect(told.filter((line) => line.startsWith('A probe does not count: fetch failed'))).toHaveLength(1);
  });

  test('when nothing is known of the version for too long', async () => {
    const stage = new FakeStage();
    const { parts } = releaseOf(stage, {
      probe: async () => ({ result: 'unsent', reason: 'refused with 403' }),
      steps: [...STEPS, { percent: 100, seconds: 600 }],
    });
    const record = await release(parts);
    expect(record.state).toBe('ROLLED_BACK');
    expect(record.steps.at(-1)?.detail).toBe('6 probes in a row have had no result: refused with 403');
    expect(stage.share('green')).toBe(0);
  });

  test('when the version has all traffic before any probe had a result', async () => {
    const stage = new FakeStage();
    const { parts } = releaseOf(stage, {
      probe: async () => ({ result: 'unsent', reason: 'the vehicle is busy' }),
      steps: [{ percent: 100, seconds: 3 }],
    });
    expect(await release(parts)).toMatchObject({
      state: 'ROLLED_BACK',
      takeBack: 'no probe has had a result',
    });
    expect(stage.share('green')).toBe(0);
  });

  test('but not for one probe of who comes late: those before may have held', async () => {
    const stage = new FakeStage();
    let pauses = 0;
    stage.onPause = () => {
      pauses += 1;
      if (pauses === 28) throw new Killed('killed');
    };
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(Killed);
    stage.onPause = () => undefined;
    const { parts, told } = releaseOf(stage, {
      probe: async () => ({ result: 'unsent', reason: 'the vehicle is busy' }),
    });
    expect(await release(parts)).toMatchObject({ state: 'RELEASED' });
    expect(told.join()).toContain('A probe does not count');
  });

  test('when the first probe fails before the shift has taken hold', async () => {
    const stage = new FakeStage();
    const { start } = stage.control;
    let hold: string | undefined;
    stage.control.start = async (name, input) => {
      const arn = await start(name, input);
      const { holder, ...rest } = stage.traffic;
      [hold, stage.traffic] = [holder, rest];
      return arn;
    };
    let pauses = 0;
    stage.onPause = () => {
      pauses += 1;
      if (pauses === 5 && hold !== undefined) stage.traffic = { ...stage.traffic, holder: hold };
    };
    const { parts } = releaseOf(stage, { probe: async () => ({ result: 'failed', reason: 'x' }) });
    expect(await release(parts)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(whats(stage)).not.toContain('released');
    expect(stage.started).toHaveLength(1);
  });

  test('at once for an alarm that is on already', async () => {
    const stage = new FakeStage();
    stage.alarm = 'Alarm: GreenApi5xx';
    const record = await release(releaseOf(stage).parts);
    expect(record).toMatchObject({ state: 'ROLLED_BACK' });
    expect(whats(stage)).not.toContain('shifted');
    expect(record.steps.at(-1)?.detail).toBe('Alarm: GreenApi5xx');
  });

  test('for a probe that fails when the shift has just ended', async () => {
    const stage = new FakeStage();
    let answer: (() => void) | undefined;
    const { parts } = releaseOf(stage, {
      probe: () => {
        if (stage.share('green') < 100) return Promise.resolve({ result: 'held' });
        return new Promise((resolve) => {
          answer = () => resolve({ result: 'failed', reason: 'too late' });
        });
      },
    });
    const { execution } = stage.control;
    stage.control.execution = async (arn) => {
      const found = await execution(arn);
      if (found?.status === 'SUCCEEDED') answer?.();
      return found;
    };
    expect(await release(parts)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(stage.share('green')).toBe(0);
    expect(whats(stage).slice(-2)).toEqual(['released', 'rolled-back']);
  });

  test('and if that is broken off, the next one goes on with it, and releases nothing else before', async () => {
    const stage = new FakeStage();
    const { wish, start } = stage.control;
    stage.control.wish = () => Promise.resolve(false);
    stage.control.start = (name, input) => (input.action === 'rollback' ? killed() : start(name, input));
    const failing = async () =>
      stage.share('green') < 100
        ? ({ result: 'held' } as const)
        : ({ result: 'failed', reason: 'too late' } as const);
    await expect(release(releaseOf(stage, { probe: failing }).parts)).rejects.toThrow(Killed);
    expect(stage.record).toMatchObject({ state: 'RELEASED', takeBack: 'probe failed: too late' });
    expect(stage.share('green')).toBe(100);

    Object.assign(stage.control, { wish, start });
    const { parts, did } = releaseOf(stage);
    expect(await release(parts)).toMatchObject({ state: 'ROLLED_BACK', releaseId: stage.record.releaseId });
    expect(did).toEqual([]);
    expect(stage.share('green')).toBe(0);
    // A rollback by hand after that does not bring the bad version back.
    expect(stage.traffic.previous).toBe(100);
    const next = releaseOf(stage);
    expect(await release(next.parts)).toMatchObject({ state: 'RELEASED', environment: 'green' });
  });

  test('nor is a version with a failed probe shifted anew after its shift was stopped', async () => {
    const stage = new FakeStage();
    stage.control.wish = () => Promise.resolve(false);
    stage.onPause = () => {
      if (stage.share('green') === 50) stage.abort();
    };
    const { parts } = releaseOf(stage, { probe: async () => ({ result: 'failed', reason: 'x' }) });
    await expect(release(parts)).rejects.toThrow(/ABORTED/);
    stage.onPause = () => undefined;
    expect(await release(releaseOf(stage).parts)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(stage.share('green')).toBe(0);
    expect(shifts(stage)).toHaveLength(1);
  });

  test('and the wish is sent again if it did not get through', async () => {
    const stage = new FakeStage();
    const { wish } = stage.control;
    let wishes = 0;
    stage.control.wish = (arn, reason) => {
      wishes += 1;
      return wishes === 1 ? Promise.reject(new Error('no network')) : wish(arn, reason);
    };
    const { parts } = releaseOf(stage, { probe: async () => ({ result: 'failed', reason: 'x' }) });
    expect(await release(parts)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(wishes).toBe(2);
  });
});

test('a release whose record is gone is followed by the next one', async () => {
  const stage = new FakeStage();
  await stage.records.open(
    { releaseId: 'gone', environment: 'green', state: 'RELEASED', startedAt: '', steps: [] },
    undefined,
  );
  const { get } = stage.records;
  stage.records.get = async (id) => (id === 'gone' ? undefined : get(id));
  expect(await release(releaseOf(stage).parts)).toMatchObject({ state: 'RELEASED' });
});

test('who is never the one to open a release gives up', async () => {
  const stage = new FakeStage();
  let opened = 0;
  stage.records.open = () => {
    opened += 1;
    return Promise.reject(new Conflict('somebody else'));
  };
  await expect(release(releaseOf(stage).parts)).rejects.toThrow(/again and again/);
  expect(opened).toBe(5);
});

test('the end is in the record even if the workflow could not write it', async () => {
  const stage = new FakeStage();
  stage.writesRecord = false;
  expect(await release(releaseOf(stage).parts)).toMatchObject({ state: 'RELEASED' });
  const rolledBack = new FakeStage();
  rolledBack.writesRecord = false;
  rolledBack.alarm = 'Alarm: x';
  expect(await release(releaseOf(rolledBack).parts)).toMatchObject({ state: 'ROLLED_BACK' });
});

describe('nothing is done while somebody else moves traffic', () => {
  test('before a release is opened', async () => {
    const stage = new FakeStage();
    await stage.control.start('by-hand', { action: 'rollback', reason: 'x' });
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(
      /^Busy: execution:?.*by-hand|^Busy: by-hand/,
    );
    expect(await stage.records.newest()).toBeUndefined();
  });

  test('and when it was proved', async () => {
    const stage = new FakeStage();
    const { parts } = releaseOf(stage, {
      prove: async () => {
        await stage.control.start('by-hand', {
          action: 'shift',
          environment: 'green',
          steps: [{ percent: 5, seconds: 0 }],
          reason: 'x',
        });
        await stage.clock.pause(3000, new AbortController().signal);
        return { detail: 'all held', failures: [] };
      },
    });
    await expect(release(parts)).rejects.toThrow(/green gets 5 % of traffic/);
    expect(stage.record.state).toBe('PROVING');
    expect(shifts(stage)).toHaveLength(1);
  });

  test('nor is it taken for an end of the shift', async () => {
    const stage = new FakeStage();
    const { start } = stage.control;
    stage.control.start = async (name, input) => {
      stage.control.start = start;
      await start('by-hand', { action: 'rollback', reason: 'x' });
      return start(name, input);
    };
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(/^Busy/);
    expect(stage.record.state).toBe('SHIFTING');
    await stage.clock.pause(2000, new AbortController().signal);
    expect(await release(releaseOf(stage).parts)).toMatchObject({ state: 'RELEASED' });
  });
});

describe('two at once', () => {
  test('do one release, once', async () => {
    const stage = new FakeStage();
    const [alice, bob] = [releaseOf(stage), releaseOf(stage, { runner: 'bob' })];
    const [first, second] = await Promise.all([release(alice.parts), release(bob.parts)]);
    expect(first.releaseId).toBe(second.releaseId);
    expect([first.state, second.state]).toEqual(['RELEASED', 'RELEASED']);
    expect([...alice.did, ...bob.did]).toEqual(['deploy green', 'prove v1 at green']);
    expect(shifts(stage)).toHaveLength(1);
    expect([...alice.told, ...bob.told].join()).toContain('carries it out, looks on');
  });

  test('the second goes on when the first one is killed', async () => {
    const stage = new FakeStage();
    // A killed process does not let go.
    const { letGo } = stage.records;
    stage.records.letGo = () => Promise.resolve();
    await expect(release(releaseOf(stage, { prove: killed }).parts)).rejects.toThrow(Killed);
    stage.records.letGo = letGo;
    const bob = releaseOf(stage, { runner: 'bob' });
    expect(await release(bob.parts)).toMatchObject({ state: 'RELEASED' });
    expect(bob.told.join()).toContain('alice carries it out, looks on');
    expect(bob.did).toEqual(['deploy green', 'prove v1 at green']);
  });

  test('who was taken for dead changes nothing any more', async () => {
    const stage = new FakeStage();
    const bob = releaseOf(stage, { runner: 'bob' });
    const alice = releaseOf(stage, {
      prove: async () => {
        // A laptop that slept for an hour.
        await stage.clock.pause(61_000, new AbortController().signal);
        await release(bob.parts);
        return { detail: '', failures: ['everything'] };
      },
    });
    await release(alice.parts).catch(() => undefined);
    expect(stage.record).toMatchObject({ state: 'RELEASED' });
    expect(shifts(stage)).toHaveLength(1);
  });

  test('nor begins again what the other one is at', async () => {
    const stage = new FakeStage();
    const woken = Promise.withResolvers<void>();
    const bob = releaseOf(stage, {
      runner: 'bob',
      prove: async () => {
        woken.resolve();
        await expect(asleep).rejects.toThrow('Another process has taken the release over');
        return { detail: 'all held', failures: [] };
      },
    });
    const alice = releaseOf(stage, {
      prove: async () => {
        await stage.clock.pause(61_000, new AbortController().signal);
        await woken.promise;
        return { detail: 'all held', failures: [] };
      },
    });
    const asleep = release(alice.parts);
    await Promise.allSettled([asleep, release(bob.parts)]);
    expect(alice.did).toEqual(['deploy green']);
    expect(stage.record).toMatchObject({ state: 'RELEASED' });
  });

  test('who looks on does not begin a shift anew that was stopped', async () => {
    const stage = new FakeStage();
    stage.onPause = () => {
      if (stage.share('green') === 50 && stage.traffic.holder !== undefined) stage.abort();
    };
    const results = await Promise.allSettled([
      release(releaseOf(stage).parts),
      release(releaseOf(stage, { runner: 'bob' }).parts),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(shifts(stage)).toHaveLength(1);
  });
});

describe('a release that is abandoned', () => {
  test('is closed, and the next one is new', async () => {
    const stage = new FakeStage();
    await expect(release(releaseOf(stage, { prove: killed }).parts)).rejects.toThrow(Killed);
    const { releaseId } = stage.record;
    expect(await abandon(releaseOf(stage).parts)).toMatchObject({ releaseId, state: 'ABANDONED' });
    expect(stage.record.runner).toBeUndefined();
    const next = await release(releaseOf(stage).parts);
    expect(next).toMatchObject({ state: 'RELEASED' });
    expect(next.releaseId).not.toBe(releaseId);
  });

  test('must be open, and of nobody who is at it', async () => {
    const stage = new FakeStage();
    await expect(abandon(releaseOf(stage).parts)).rejects.toThrow('No release is open');
    const { parts } = releaseOf(stage, {
      prove: async () => {
        await expect(abandon(releaseOf(stage, { runner: 'bob' }).parts)).rejects.toThrow(
          /^alice carries out/,
        );
        return { detail: '', failures: [] };
      },
    });
    await release(parts);
  });

  test('must have no traffic', async () => {
    const stage = new FakeStage();
    stage.onPause = () => {
      if (stage.share('green') === 50) stage.abort();
    };
    await expect(release(releaseOf(stage).parts)).rejects.toThrow(/ABORTED/);
    await expect(abandon(releaseOf(stage).parts)).rejects.toThrow(/green gets 50 %.*set green 0 --stage int/);
    expect(stage.record.runner).toBeUndefined();
    stage.onPause = () => undefined;
    await stage.control.start('by-hand', { action: 'rollback', reason: 'x' });
    await stage.clock.pause(2000, new AbortController().signal);
    expect(await abandon(releaseOf(stage).parts)).toMatchObject({ state: 'ABANDONED' });
  });
});

test('Ctrl-C ends the following, not the shift', async () => {
  const stage = new FakeStage();
  const abort = new AbortController();
  stage.onPause = () => {
    if (stage.share('green') === 10) abort.abort();
  };
  const { parts } = releaseOf(stage, { signal: abort.signal });
  await expect(release(parts)).rejects.toThrow(/goes on without you/);
  expect(stage.traffic.holder).toBeDefined();
  expect(stage.record.runner).toBeUndefined();
});

test('who is at a release is said only while it is open and they live', () => {
  const record = {
    releaseId: 'r1',
    environment: 'green',
    state: 'PROVING',
    startedAt: '2026-01-01T00:00:00.000Z',
    runner: 'alice',
    runnerUntil: '2026-01-01T00:00:30.000Z',
    steps: [],
  } as const;
  const at = (second: number, state: 'PROVING' | 'ABANDONED' = 'PROVING') =>
    story({ ...record, state, steps: [] }, new Date(Date.parse(record.startedAt) + second * 1000));
  expect(at(29)).toContain('alice is at it');
  expect(at(31)).not.toContain('alice');
  expect(at(29, 'ABANDONED')).not.toContain('alice');
});
