import { execFileSync } from 'node:child_process';
import * as z from 'zod';

const Sample = z.object({
  /** Milliseconds of wall clock and of CPU, from the import of the bundle until its handler is there. */
  initMs: z.number(),
  initCpuMs: z.number(),
  /** Milliseconds from the start of the process until then. */
  readyMs: z.number(),
  /** Of the whole process then. */
  rssBytes: z.number(),
});
export type Sample = z.infer<typeof Sample>;

/** Before it loads a function, Lambda's runtime has loaded its HTTP client and opened the streams of its output. */
const START = `
  process.getBuiltinModule('node:http');
  process.stdout.fd;
  process.stderr.fd;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { handler } = await import(process.env.BUNDLE);
  const readyMs = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  if (typeof handler !== 'function') throw new Error('There is no handler');
  const rssBytes = process.memoryUsage.rss();
  console.log(JSON.stringify({ initMs: readyMs - start, initCpuMs: (user + system) / 1000, readyMs, rssBytes }));
`;

/**
 * Starts a bundle in a process of its own.
 * @param file the bundle
 * @param variables of the function, and nothing else of this process's
 * @throws Error if the handler does not start
 */
export function sampleStart(file: string, variables: Readonly<Record<string, string>>): Sample {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', START], {
    env: { ...variables, BUNDLE: file },
    encoding: 'utf8',
  });
  return Sample.parse(JSON.parse(output));
}
