import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { QUEUE_TAGS } from '../../lib/queue-tags.ts';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import type { Log } from '../aws.ts';
import type { Depth } from '../messaging/queue.ts';
import type { ResourceTags } from '../tagging/resource-tags.ts';
import { answer } from './answer.ts';
import { CONTROL_PATH } from './control.ts';
import { Buckets, Histogram } from './histogram.ts';

export const VITALS_PATH = `${CONTROL_PATH}/vitals`;

/** How a local stage fares: what a load test looks at each second. */
export const Vitals = z.object({
  /** ISO 8601. */
  at: z.string(),
  /** Memory of all processes of the stage. */
  rssBytes: z.number(),
  /** Of the main thread. */
  heapUsedBytes: z.number(),
  /** Of all processes, since each began. */
  cpuSeconds: z.number(),
  /** The queues that something takes messages from, by name: `blue/EventProcessing/PersistenceQueue`. */
  queues: z.record(z.string(), z.object({ visible: z.int(), inFlight: z.int(), delayed: z.int() })),
  /** In all queues of dead letters. */
  deadLetters: z.int(),
  /** From API Gateway's first sight to the subscriber's notification, of all commands since the stage began. */
  latencyHistogram: Buckets,
  /** The same commands, by how they ended. */
  endToEnd: z.object({ EXECUTED: z.int(), FAILED: z.int() }),
});
export type Vitals = z.infer<typeof Vitals>;

const MARK = '"EndToEndLatency":';
/** What the distribution function's metric line says of a command. */
const LatencyLine = z.object({
  EndToEndLatency: z.union([z.number(), z.tuple([z.number()]).transform(([value]) => value)]),
  status: z.enum(['EXECUTED', 'FAILED']),
});

/** Sees how each command ended and how long it took, in the lines that functions print. */
export class EndToEnd {
  readonly histogram = new Histogram();
  readonly counts = { EXECUTED: 0, FAILED: 0 };

  /** The same log. Other lines cost no more than the search for a word. */
  watching(log: Log): Log {
    return (source, line) => {
      if (line.includes(MARK)) this.#see(line);
      log(source, line);
    };
  }

  #see(line: string): void {
    const found = LatencyLine.safeParse(parsed(line));
    if (!found.success) return;
    this.histogram.record(found.data.EndToEndLatency);
    this.counts[found.data.status] += 1;
  }
}

const Tagged = z.object({
  ResourceTagMappingList: z.array(
    z.object({
      ResourceARN: z.string(),
      Tags: z
        .array(z.object({ Key: z.string(), Value: z.string() }))
        .transform((tags) => new Map(tags.map(({ Key, Value }) => [Key, Value]))),
    }),
  ),
});

/** The queues that something takes messages from: ARNs by name. */
export function consumedQueues(tags: Pick<ResourceTags, 'getResources'>): ReadonlyMap<string, string> {
  const input = { ResourceTypeFilters: ['sqs'], TagFilters: [{ Key: QUEUE_TAGS.queue }] };
  const found = Tagged.parse(tags.getResources(input)).ResourceTagMappingList;
  return new Map(
    found
      .filter(({ Tags }) => !Tags.has(QUEUE_TAGS.deadLetters))
      .map(({ ResourceARN, Tags }) => [
        `${Tags.get('environment')}/${Tags.get(QUEUE_TAGS.queue)}`,
        ResourceARN,
      ]),
  );
}

interface Sources {
  readonly endToEnd: EndToEnd;
  /** ARNs of the queues that something takes messages from, by name. */
  readonly queues: ReadonlyMap<string, string>;
  readonly deadLetterQueues: ReadonlySet<string>;
  /** Of a queue, by ARN. */
  readonly depth: (arn: string) => Depth;
}

/** @param sources answers `undefined` while the stage still starts */
export function createVitals(sources: () => Sources | undefined): BesideHandler {
  return (message, response) => {
    if (message.url?.split('?')[0] !== VITALS_PATH) return false;
    message.resume();
    const found = sources();
    if (message.method !== 'GET') answer(response, 405, { message: 'Use GET.' });
    else if (found === undefined) answer(response, 503, { message: 'The stage still starts.' });
    else answer(response, 200, vitals(found));
    return true;
  };
}

function vitals({ endToEnd, queues, deadLetterQueues, depth }: Sources): Vitals {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const children = descendants('self').map(usage);
  return {
    at: new Date().toISOString(),
    rssBytes: children.reduce((sum, { rssBytes }) => sum + rssBytes, rss),
    heapUsedBytes: heapUsed,
    cpuSeconds: children.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, (user + system) / 1e6),
    queues: Object.fromEntries([...queues].map(([name, arn]) => [name, { ...depth(arn) }])),
    deadLetters: [...deadLetterQueues].reduce((sum, arn) => sum + depth(arn).visible, 0),
    latencyHistogram: endToEnd.histogram.buckets(),
    endToEnd: { ...endToEnd.counts },
  };
}

/** Where there is no /proc (other than on Linux), only the main process is seen. */
function descendants(process_: string): string[] {
  const tasks = `/proc/${process_}/task`;
  const children = directory(tasks).flatMap((task) => file(`${tasks}/${task}/children`).split(' '));
  return children.filter((pid) => pid !== '').flatMap((pid) => [pid, ...descendants(pid)]);
}

/** Linux counts CPU time for programs in hundredths of a second, whatever its clock does. */
const TICKS_PER_SECOND = 100;

function usage(pid: string): { rssBytes: number; cpuSeconds: number } {
  // The program's name, in brackets, may hold blanks and brackets. Behind it, utime and stime are fields 14 and 15.
  const fields = file(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(file(`/proc/${pid}/status`))?.[1];
  return {
    rssBytes: Number(kilobytes ?? 0) * 1024,
    cpuSeconds: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND,
  };
}

/** Empty for what is gone: processes end at any time. */
function file(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function directory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
