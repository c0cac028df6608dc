import * as z from 'zod';
import type { Log } from '../aws.ts';
import type { Metrics } from './metrics.ts';

/** Source: Amazon CloudWatch User Guide, «Specification: Embedded metric format». */
const Line = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())).default([[]]),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

/** Nothing else that a function prints is parsed. */
const MARK = '"_aws"';

/** The same log, which takes the metrics out of lines in the embedded metric format, if somebody watches such. */
export function withEmbeddedMetrics(log: Log, metrics: Metrics): Log {
  const watched = [...metrics.watched].some((namespace) => !namespace.startsWith('AWS/'));
  if (!watched) return log;
  return (source, line) => {
    if (line.includes(MARK)) record(line, metrics);
    log(source, line);
  };
}

/** Counts a line as of its arrival. What is no such line is only a line. */
function record(text: string, metrics: Metrics): void {
  const line = Line.safeParse(parse(text));
  if (!line.success) return;
  const { _aws, ...members } = line.data;
  for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
    if (!metrics.watches(Namespace)) continue;
    for (const names of Dimensions) {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(members[name])]));
      for (const { Name } of Metrics) {
        const add = metrics.recorder({ namespace: Namespace, name: Name, dimensions });
        for (const value of [members[Name]].flat()) if (typeof value === 'number') add?.(value);
      }
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
