import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { vehicles } from './stage.ts';

/** The project with one more entry in its catalogue, and nothing else changed. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = [
  'bin',
  'functions',
  'gameday',
  'lib',
  'local',
  'statemachines',
  'vehicle-simulator',
  'cdk.json',
  'package.json',
];

const ENTRY = `import * as z from 'zod';
import { REMOTE_COMMANDS, type RemoteService } from './remote-service.ts';

export const seatMassage: RemoteService = {
  serviceType: 'seat-massage',
  summary: 'Massage whoever sits there',
  trigger: { path: \`\${REMOTE_COMMANDS}/seat-massage\`, vin: 'header' },
  request: z.strictObject({ seat: z.enum(['DRIVER', 'PASSENGER']), minutes: z.int().min(1).max(30) }),
  example: { seat: 'DRIVER', minutes: 5 },
  capability: 'seat-massage',
  deliverySeconds: 15,
  longestExpectedSeconds: { CREATED: 10, PENDING: 20, RUNNING: 30 },
  vehicleService: 'SEAT_MASSAGE',
  followUp: 'NOTHING',
};
`;

const project = mkdtempSync(join(tmpdir(), 'made-up-service-'));
let stage: ChildProcess | undefined;
let url = '';

beforeAll(async () => {
  for (const source of SOURCES) cpSync(join(ROOT, source), join(project, source), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'functions/remote-services/seat-massage.ts'), ENTRY);
  const catalogue = join(project, 'functions/remote-services/catalogue.ts');
  const extended = readFileSync(catalogue, 'utf8').replace('RemoteService[] = [', '$&\n  seatMassage,');
  writeFileSync(catalogue, `import { seatMassage } from './seat-massage.ts';\n${extended}`);
  stage = spawn(process.execPath, ['local/main.ts', '--port', '0'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: stage.stdout ?? process.stdin })) {
    url = /Ready in .*: (\S+)/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
}, 60_000);
afterAll(() => {
  stage?.kill();
  rmSync(project, { recursive: true, force: true });
});

const [vin = ''] = vehicles('prompt').take();
const app = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['bin/my-app.ts', '--target', url, ...args], { cwd: project });

it('is a route, a schema, a payload and a command of the app, and is executed', async () => {
  const { stdout } = await app('seat-massage', vin);
  expect(stdout).toContain('EXECUTED');
}, 30_000);

it('refuses what its schema forbids', async () => {
  await expect(app('seat-massage', vin, '--body', '{"seat":"ROOF","minutes":5}')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('400'),
  });
}, 30_000);
