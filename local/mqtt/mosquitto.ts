import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { BrokerAddress } from '../../vehicle-simulator/mqtt/vehicle.ts';
import { type Account, accessList, configuration, passwordFile } from './configuration.ts';

export interface Mosquitto extends BrokerAddress {
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Debian puts it where the paths of users do not lead; Homebrew on the path. */
const ELSEWHERE = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];

const searched = (): string[] => [...(process.env.PATH ?? '').split(delimiter), ...ELSEWHERE];

/** @returns undefined where it is not installed */
export function findMosquitto(folders: readonly string[] = searched()): string | undefined {
  return folders.map((folder) => join(folder, 'mosquitto')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs the broker ($0, with the configuration $1 in the folder $2, which goes with it) until it ends, or until our end
 * of the standard input closes: that is so however we end, kill -9 included. It has nothing to save, and mosquitto
 * 2.0.11 passes over a gentler signal while it starts. The shell itself says nothing: writing to a parent that is gone would end it too early.
 */
const UNTIL_INPUT_CLOSES = `
exec 3<&0 4>&2 2>/dev/null
"$0" -c "$1" 2>&4 & broker=$!
(read -r _ <&3; kill -9 $broker) & watch=$!
wait $broker; status=$?
kill $watch
rm -r "$2"
exit $status`;

/** Between asking for a free port and listening there, somebody else may take it. */
const ATTEMPTS = 3;
/** How much of what it said last is kept; characters. */
const LAST_WORDS = 2000;

/**
 * Starts the MQTT broker mosquitto, for these accounts, on this machine's own address only.
 * @param warn is told of its end, if we did not end it
 * @throws Error in one line, if it is not installed or does not start
 */
export async function startMosquitto(
  accounts: readonly Account[],
  warn: (line: string) => void,
): Promise<Mosquitto> {
  const program = findMosquitto();
  if (program === undefined) {
    throw new Error(
      'The MQTT broker mosquitto is not installed: apt-get install mosquitto, or brew install mosquitto',
    );
  }
  let fault = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const { folder, conf } = writeFiles(port, accounts);
    const child = spawn('sh', ['-c', UNTIL_INPUT_CLOSES, program, conf, folder], {
      // Ctrl+C does not reach it: the stage decides when it ends.
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const ended = lastWords(child);
    const started = await Promise.race([running(child), ended]);
    if (started === 'running') {
      let stopping = false;
      void ended.then((words) => {
        if (!stopping) warn(`The MQTT broker mosquitto has ended: ${lastLine(words)}`);
      });
      return {
        host: HOST,
        port,
        stop: async () => {
          stopping = true;
          child.stdin?.end();
          await ended;
        },
      };
    }
    fault = started;
    if (!fault.includes('Address already in use')) break;
  }
  throw new Error(`The MQTT broker mosquitto does not start: ${lastLine(fault)}`);
}

/** What the broker reads as it starts, for nobody else to see. */
function writeFiles(port: number, accounts: readonly Account[]): { folder: string; conf: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const passwords = write('passwords', passwordFile(accounts));
  const access = write('access', accessList());
  return { folder, conf: write('conf', configuration({ port, passwords, access })) };
}

const lastLine = (words: string): string => words.trim().split('\n').at(-1) ?? '';

/** What it said last, once it has ended. */
async function lastWords(child: ChildProcess): Promise<string> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS);
  });
  await once(child, 'close');
  return words;
}

function running(child: ChildProcess): Promise<'running'> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr?.on('data', (text: string) => {
      said += text;
      if (/mosquitto version \S+ running/.test(said)) resolve('running');
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
