import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type GetMetricDataCommandOutput,
} from '@aws-sdk/client-cloudwatch';

export type GetMetricData = (
  input: GetMetricDataCommandInput,
) => Promise<Pick<GetMetricDataCommandOutput, 'MetricDataResults' | 'NextToken'>>;

/** Of the account and region that the AWS SDK finds. */
export function cloudWatch(): { readonly getMetricData: GetMetricData; readonly close: () => void } {
  const client = new CloudWatchClient();
  return {
    getMetricData: (input) => client.send(new GetMetricDataCommand(input)),
    close: () => client.destroy(),
  };
}

export const MINUTE_MS = 60_000;

export const minuteOf = (time: number): number => Math.floor(time / MINUTE_MS) * MINUTE_MS;

export const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

export interface Query {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** As CloudWatch writes statistics: `Sum`, `p99`, `TC(10:20)`. */
  readonly statistic: string;
}

export interface Answered<Asked extends Query> {
  readonly query: Asked;
  /** By the begin of a minute. A minute without values has none. */
  readonly values: ReadonlyMap<number, number>;
}

/** GetMetricData takes no more. */
const MOST_QUERIES = 500;

/** The values of each minute. @param begin milliseconds since the epoch, as `end` */
export async function answers<Asked extends Query>(
  getMetricData: GetMetricData,
  queries: readonly Asked[],
  begin: number,
  end: number,
): Promise<Answered<Asked>[]> {
  const found: Answered<Asked>[] = [];
  for (let at = 0; at < queries.length; at += MOST_QUERIES) {
    const part = queries.slice(at, at + MOST_QUERIES);
    const values = part.map(() => new Map<number, number>());
    let NextToken: string | undefined;
    do {
      const answer = await getMetricData({
        StartTime: new Date(minuteOf(begin)),
        EndTime: new Date(end),
        MetricDataQueries: part.map(({ namespace, metric, dimensions, statistic }, index) => ({
          Id: `q${index}`,
          MetricStat: {
            Metric: {
              Namespace: namespace,
              MetricName: metric,
              Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: MINUTE_MS / 1000,
            Stat: statistic,
          },
        })),
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      for (const { Id = '', Timestamps = [], Values = [] } of answer.MetricDataResults ?? []) {
        const of = values[Number(Id.slice(1))];
        for (const [index, time] of Timestamps.entries()) of?.set(time.getTime(), Values[index] ?? 0);
      }
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    found.push(...part.map((query, index) => ({ query, values: values[index] ?? new Map() })));
  }
  return found;
}
