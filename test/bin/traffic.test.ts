import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createControl, type StageDescription } from '../../local/control/control.ts';
import { startDoorStage } from '../release/door-stage.ts';
import { run } from './run.ts';

const ends: (() => unknown)[] = [];
let target: string;
let withoutDoor: string;
beforeAll(async () => {
  const stage = await startDoorStage();
  ends.push(() => stage.stop());
  stage.turnDoor(100);
  const description: StageDescription = {
    ...stage.description,
    stage: 'dev-local',
    environments: ['blue', 'green'],
  };
  target = await serve(description);
  withoutDoor = await serve({ ...description, outputs: {} });
});
afterAll(async () => {
  for (const end of ends) await end();
});

async function serve(description: StageDescription): Promise<string> {
  const control = createControl(() => description);
  const server = createServer((message, response) => void control(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the tools show what is, and tell in one line what does not work', async () => {
  const [shown, list, noDoor, ...noRegion] = await Promise.all([
    run('traffic.ts', ['show', '--json', '--target', target]),
    run('release.ts', ['--list', '--target', target]),
    run('traffic.ts', ['show', '--target', withoutDoor]),
    run('traffic.ts', ['show', '--stage', 'int']),
    run('release.ts', ['--show', '--stage', 'int']),
  ]);
  expect(JSON.parse(shown.stdout)).toMatchObject({ table: { blue: 100 }, door: 100, agree: true });
  expect([list.exitCode, list.stdout]).toEqual([0, 'No releases.\n']);
  expect([noDoor.exitCode, noDoor.stderr]).toEqual([
    1,
    expect.stringMatching(
      /^The stage has one environment and no front door\..*--environments blue,green.*\n$/,
    ),
  ]);
  for (const { exitCode, stderr } of noRegion) {
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^There is no AWS region\..*\n$/)]);
  }
}, 60_000);
