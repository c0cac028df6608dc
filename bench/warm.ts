import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';

const Warm = z.object({
  /** Microseconds of wall clock and CPU an invocation, by group of invocations. */
  wallUs: z.array(z.number()),
  cpuUs: z.array(z.number()),
});
export type Warm = z.infer<typeof Warm>;

/** Invocations that are measured together: one takes less than the clocks of CPU time can tell. */
const GROUP = 50;
/** The JIT compiler has seen by then what is called often. */
const UNMEASURED = 300;

/** The child's own output is the function's, which nobody reads; its figures come through its exit message. */
const INVOKE = `
  const { resolveLocalhost } = await import(process.env.LOCALHOST);
  resolveLocalhost();
  const { handler } = await import(process.env.BUNDLE);
  const event = JSON.parse(process.env.EVENT);
  const print = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true;
  const invoke = async () => {
    const { batchItemFailures = [], statusCode = 200 } = (await handler(event, {})) ?? {};
    if (batchItemFailures.length > 0 || statusCode !== 200) throw new Error('The invocation failed');
  };
  for (let done = 0; done < ${UNMEASURED}; done += 1) await invoke();
  const wallUs = [];
  const cpuUs = [];
  for (let group = 0; group < Number(process.env.GROUPS); group += 1) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    for (let done = 0; done < ${GROUP}; done += 1) await invoke();
    const { user, system } = process.cpuUsage(cpu);
    wallUs.push(((performance.now() - start) * 1000) / ${GROUP});
    cpuUs.push((user + system) / ${GROUP});
  }
  print(JSON.stringify({ wallUs, cpuUs }));
  process.exit();
`;

/**
 * Invokes a handler again and again, one invocation at a time, in a process of its own.
 * @param groups of 50 invocations
 * @throws Error if an invocation fails
 */
export async function invokeWarm(
  file: string,
  event: unknown,
  variables: Readonly<Record<string, string>>,
  groups: number,
): Promise<Warm> {
  const localhost = new URL('../local/lambda/localhost.ts', import.meta.url).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', INVOKE],
    {
      env: {
        ...variables,
        POWERTOOLS_LOG_LEVEL: 'SILENT',
        BUNDLE: file,
        EVENT: JSON.stringify(event),
        GROUPS: String(groups),
        LOCALHOST: localhost,
      },
    },
  );
  return Warm.parse(JSON.parse(stdout));
}
