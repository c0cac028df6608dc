import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LiveProgress } from '../../loadtest/progress.ts';
import { LoadTestResult } from '../../loadtest/result.ts';
import { runLoadTest } from '../../loadtest/run.ts';
import { startTestStage, type TestStage } from './stage.ts';

const TIMEOUT_MS = 120_000;

let stage: TestStage;
const results = mkdtempSync(join(tmpdir(), 'loadtest-'));

beforeAll(async () => {
  stage = await startTestStage();
}, TIMEOUT_MS);
afterAll(async () => {
  await stage.stop();
  rmSync(results, { recursive: true, force: true });
});

it(
  'Artillery puts the stage under load, and every command is found again',
  async () => {
    const profile = {
      name: 'tiny',
      description: 'Ten commands',
      phases: [{ name: 'steady', seconds: 2, fromRate: 5, toRate: 5 }],
      polls: 2,
      pollIntervalMs: 100,
      limits: {},
    };
    const never = new AbortController().signal;
    const { result, folder } = await runLoadTest({
      target: stage.url,
      stage: undefined,
      user: 'demo',
      token: undefined,
      profile,
      differences: [],
      commandLine: 'npm run loadtest -- tiny',
      results,
      progress: new LiveProgress(new PassThrough()),
      stopLoad: never,
      stopAll: never,
    });

    expect(result.thresholds.filter(({ passed }) => !passed)).toEqual([]);
    expect(result.total).toMatchObject({ sent: 10, accepted: 10, polls: 20, errors: {} });
    expect(result.total.endToEnd?.latency.count).toBe(10);
    expect(result.phases.map(({ name, outcome }) => [name, outcome.accepted])).toEqual([['steady', 10]]);
    expect(result.reconciliation).toMatchObject({
      source: 'tables',
      ended: { EXECUTED: 10 },
      doubled: 0,
      notificationsRead: 10,
      untold: 0,
    });
    // Both of the talk's services, to vehicles that took turns.
    const commands = (await stage.scan('EventsTable')).filter(
      ({ sk }) => (sk as { S: string }).S === 'STATE',
    );
    const values = (name: string) => new Set(commands.map((item) => (item[name] as { S: string }).S));
    expect([...values('serviceType')].sort()).toEqual(['horn-blow', 'light-flash']);
    expect(values('vin').size).toBe(10);

    expect(LoadTestResult.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')))).toEqual(
      result,
    );
    expect(existsSync(join(folder, 'artillery.json'))).toBe(true);
  },
  TIMEOUT_MS,
);
