import type { LoadTestResult, Outcome, Phase, Sample } from '../../../loadtest/result.ts';
import { Histogram, type Latency, latencyOf } from '../../../local/control/histogram.ts';

interface Shape {
  readonly warmUpSeconds: number;
  readonly rampSeconds: number;
  readonly plateauSeconds: number;
  readonly pollsPerCommand: number;
}

const TEN_MINUTES: Shape = {
  warmUpSeconds: 60,
  rampSeconds: 120,
  plateauSeconds: 420,
  pollsPerCommand: 0,
};
export const THREE_HOURS: Shape = {
  warmUpSeconds: 120,
  rampSeconds: 300,
  plateauSeconds: 10_800,
  pollsPerCommand: 2,
};

const START = Date.parse('2026-01-02T03:04:05.000Z');
const MB = 1024 * 1024;

/** Numbers from 0 to 1 that look like chance and are the same each time (Park and Miller's generator). */
function randomNumbers(): () => number {
  let state = 42;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const iso = (second: number): string => new Date(START + second * 1000).toISOString();

/** Percentiles of a second: most are near the usual, few take several times as long. */
const latencyNear = (usual: number, count: number, random: () => number): Latency => ({
  count,
  p50Ms: usual * (0.95 + 0.1 * random()),
  p90Ms: usual * (1.5 + 0.2 * random()),
  p95Ms: usual * (2 + 0.5 * random()),
  p99Ms: usual * (3 + random()),
  maxMs: usual * (4 + 2 * random()),
});

/** Latencies of many commands, of which a thousand are drawn. */
function distributionNear(usual: number, thousands: number, random: () => number): Outcome['endToEnd'] {
  const histogram = new Histogram();
  for (let command = 0; command < 1000; command += 1) {
    histogram.record(usual * (0.6 + 0.5 * random() + 0.08 / (random() + 0.02)));
  }
  const buckets = histogram.buckets().map(([upToMs, count]): [number, number] => [upToMs, count * thousands]);
  const latency = latencyOf(buckets);
  return latency && { latency, histogram: buckets };
}

/** A load test as it might have been: with a slow start, a hiccup in each twelfth minute, and memory that settles. */
export function loadTest(shape: Shape = TEN_MINUTES): LoadTestResult {
  const random = randomNumbers();
  const phases = [
    { name: 'warm-up', seconds: shape.warmUpSeconds, fromRate: 1, toRate: 5 },
    { name: 'ramp', seconds: shape.rampSeconds, fromRate: 5, toRate: 100 },
    { name: 'plateau', seconds: shape.plateauSeconds, fromRate: 100, toRate: 100 },
  ];
  const samples: Sample[] = [];
  const told: Phase[] = [];
  let second = 0;
  for (const phase of phases) {
    const from = second;
    for (; second < from + phase.seconds; second += 1) {
      const progress = (second - from) / phase.seconds;
      const rate = Math.round(phase.fromRate + (phase.toRate - phase.fromRate) * progress);
      samples.push(sampleOf(second, rate, rate * shape.pollsPerCommand, random));
    }
    const outcome = outcomeOf(samples.slice(from), random);
    told.push({ ...phase, from: iso(from), to: iso(second), outcome });
  }
  const total = outcomeOf(samples, random);
  return {
    profile: { name: 'talk-short', description: 'The shape of the talk’s load test' },
    commandLine: 'npm run loadtest -- talk-short',
    target: 'http://127.0.0.1:3000',
    differences: [],
    machine: {
      cpus: 2,
      cpuModel: 'A Processor 3.0 GHz',
      memoryBytes: 16_384 * MB,
      node: 'v24.1.0',
      os: 'Linux 6.1',
    },
    startedAt: iso(0),
    endedAt: iso(second),
    phases: told,
    samples,
    total,
    reconciliation: {
      source: 'tables',
      accepted: total.accepted,
      ended: { EXECUTED: total.accepted },
      lost: 0,
      stuck: 0,
      doubled: 0,
      open: 0,
      deadLetters: 0,
      leases: 0,
      examples: [],
      seconds: 4,
    },
    thresholds: [
      { name: 'end to end, p50', limit: 'at most 100 ms', actual: '48 ms', passed: true },
      { name: 'end to end, p99', limit: 'at most 400 ms', actual: '180 ms', passed: true },
      { name: 'errors', limit: 'none', actual: '0', passed: true },
    ],
    passed: true,
  };
}

function sampleOf(second: number, rate: number, polls: number, random: () => number): Sample {
  const isHiccup = second % 720 > 700;
  const usual = (second < 5 ? 400 : 45) * (isHiccup ? 4 : 1);
  return {
    at: iso(second),
    seconds: 1,
    sent: rate,
    accepted: rate,
    polls,
    errors: {},
    endToEnd: latencyNear(usual, rate, random),
    trigger: latencyNear(usual * 0.2, rate, random),
    ...(polls === 0 ? {} : { poll: latencyNear(4, polls, random) }),
    ended: { EXECUTED: Math.max(0, rate - Math.round(2 * random())), FAILED: 0 },
    queues: {
      'blue/EventProcessing/PersistenceQueue': Math.round(rate * 0.2 * random() * (isHiccup ? 20 : 1)),
      'blue/EventProcessing/DistributionQueue': Math.round(rate * 0.1 * random() * (isHiccup ? 10 : 1)),
      'blue/OutgoingVehicleCommunication/Commands': Math.round(rate * 0.05 * random()),
      'shared/Incoming': Math.round(3 * random()),
      'blue/EventProcessing/LifecycleQueue': Math.round(2 * random()),
      'blue/IncomingVehicleCommunication/Messages': Math.round(rate * 0.05 * random()),
    },
    queued: Math.round(rate * 0.3),
    delayed: rate * Math.min(60, second),
    deadLetters: 0,
    rssBytes: (420 + 180 * (1 - Math.exp(-second / 300)) + 8 * random()) * MB,
    heapUsedBytes: (120 + 60 * random()) * MB,
    cpus: 0.1 + rate * 0.009 + 0.1 * random(),
    generatorCpus: 0.05 + rate * 0.003 + 0.05 * random(),
    generatorRssBytes: (140 + 5 * random()) * MB,
  };
}

function outcomeOf(samples: readonly Sample[], random: () => number): Outcome {
  const sum = (value: (sample: Sample) => number) =>
    samples.reduce((total, sample) => total + value(sample), 0);
  const [sent, polls] = [sum((sample) => sample.sent), sum((sample) => sample.polls)];
  const thousands = Math.ceil(sent / 1000);
  return {
    sent,
    accepted: sent,
    polls,
    errors: {},
    endToEnd: distributionNear(45, thousands, random),
    trigger: distributionNear(9, thousands, random),
    ...(polls === 0 ? {} : { poll: distributionNear(4, thousands, random) }),
  };
}

/** The same load test, but some requests failed, some commands were lost, and a threshold is not met. */
export function failedLoadTest(shape: Shape = TEN_MINUTES): LoadTestResult {
  const result = loadTest(shape);
  const kinds = ['trigger 409 VEHICLE_BUSY', 'trigger timeout', 'poll <b>ECONNRESET</b>'];
  const errors: Record<string, number> = {};
  const samples = result.samples.map((sample, second) => {
    if (second % 240 < 200) return sample;
    const kind = kinds[second % 3] ?? '';
    errors[kind] = (errors[kind] ?? 0) + (second % 7) + 1;
    return { ...sample, errors: { [kind]: (second % 7) + 1 } };
  });
  const { reconciliation, total, thresholds } = result;
  return {
    ...result,
    samples,
    total: { ...total, errors },
    ...(reconciliation === undefined
      ? {}
      : {
          reconciliation: {
            ...reconciliation,
            ended: { EXECUTED: reconciliation.accepted - 5, 'FAILED VEHICLE_DID_NOT_ANSWER': 3 },
            lost: 2,
            examples: ['0b7d lost: <script>alert(1)</script>'],
          },
        }),
    thresholds: [...thresholds.slice(0, 2), { name: 'errors', limit: 'none', actual: 'some', passed: false }],
    passed: false,
  };
}

/** The same load test against a deployed stage, as CloudWatch tells of it: by the minute. */
export function deployedLoadTest(): LoadTestResult {
  const { samples, ...result } = loadTest();
  const minutes = Map.groupBy(samples, (_, second) => Math.floor(second / 60));
  return {
    ...result,
    target: 'https://abc.execute-api.eu-central-1.amazonaws.com/api',
    stage: 'dev-alice',
    samples: [...minutes].map(([minute, of]) => {
      const sent = of.reduce((sum, sample) => sum + sample.sent, 0);
      return {
        at: iso(minute * 60),
        seconds: 60,
        sent,
        accepted: sent,
        polls: 0,
        errors: {},
        endToEnd: of[30]?.endToEnd,
        ended: { EXECUTED: sent, FAILED: 0 },
        queues: { 'blue/EventProcessing/PersistenceQueue': minute },
        queued: minute,
        api: { count: sent + 1, clientErrors: 1, serverErrors: 0, latency: of[30]?.trigger },
        functionErrors: 0,
        functionThrottles: 0,
        workflowsFailed: 0,
        concurrentExecutions: 20 + minute,
      };
    }),
  };
}
