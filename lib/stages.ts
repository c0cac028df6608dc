import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

export const ENVIRONMENTS = ['blue', 'green'] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

/** The ways to a broker, in the words of `cdk synth -c broker=…`. */
const BROKERS = ['mock', 'http', 'iot-core'] as const;
type Broker = (typeof BROKERS)[number];

/** A whole deployable copy of the system. All that differs between stages is said here. */
export interface StageConfig {
  readonly name: string;
  /**
   * The environments of the stage; traffic goes to the first one by default. With two of them, a load balancer in front
   * of private APIs splits it; one alone is a public API, for a load balancer costs 20 USD a month idle.
   */
  readonly environments: readonly [EnvironmentName, ...EnvironmentName[]];
  /** Whether peers are simulated: the subscriber always, the broker and its vehicles if it is the mock. */
  readonly vehicleSimulator: boolean;
  /**
   * What brings commands to vehicles and their answers back: the simulator's mock, a broker behind an HTTP API like
   * EMQX's, whose URL and credentials whoever deploys knows, or AWS IoT Core of the same account.
   */
  readonly broker: Broker;
  /** Web application firewall before the load balancer; costs 5 USD a month idle, and 1 for each rule. */
  readonly waf: boolean;
  /** CloudWatch alarms; the first ten of an account are free. */
  readonly alarms: boolean;
  /** Days that commands and their history are kept. */
  readonly eventRetentionDays: number;
  readonly logRetention: RetentionDays;
  /** What happens to data when the stage is taken down. */
  readonly removalPolicy: RemovalPolicy;
  readonly pointInTimeRecovery: boolean;
  /** API Gateway's limits of the stage; a status poll is a request too. */
  readonly throttling: Limits;
  /** The apps (OAuth's clients) that may be used, each with limits of its own. */
  readonly clients: readonly Client[];
  /** A key of the stage's own for positions; costs 1 USD a month. Without, it is AWS's. */
  readonly customerManagedKeys: boolean;
  /** Experiments that let things go wrong, and functions that they reach. */
  readonly gameDays: boolean;
  /** How a new version takes over traffic. */
  readonly release: ReleasePlan;
  /**
   * Who issues users' tokens: an OpenID Connect provider that whoever deploys names, or a pool of demo users of the
   * stage's own, which is free for 10,000 users a month.
   */
  readonly identity: 'provider' | 'demo-users';
  /** Days without use after which the stage takes itself down; absent, it stays. */
  readonly expiresAfterDays?: number;
}

/** Where something must choose between environments, there is a front door, and its price. */
export const hasDoor = ({ environments }: StageConfig): boolean => environments.length > 1;

/** Traffic moves canary-style: a little first, and more as long as nothing speaks against it. */
export interface ReleasePlan {
  /** Ascending; the last one is 100. */
  readonly steps: readonly ShiftStep[];
  /** How often the alarms are looked at meanwhile. */
  readonly lookEverySeconds: number;
}

interface ShiftStep {
  /** Of traffic that goes to the new version. */
  readonly percent: number;
  /** How long it must stand before the next step. */
  readonly seconds: number;
}

interface Limits {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

interface Client extends Limits {
  /** `client_id` of its tokens. */
  readonly id: string;
}

/**
 * 100 million API calls a day are 1,160 a second on average; prod allows a peak of about four times that, and
 * API Gateway's default quota of an account is 10,000 a second.
 */
const THROTTLING: Limits = { requestsPerSecond: 5000, burst: 5000 };

/** The app may use nine tenths of the stage: what runs wild in it leaves the rest to others. */
const MY_APP: Client = { id: 'my-app', requestsPerSecond: 4500, burst: 4500 };

/**
 * Each step takes longer than alarms need to see it, some two minutes, and all of them an hour at most. Dead letters
 * alone come later: of queues that were not used for hours, AWS shows metrics after up to 15 minutes; a step without
 * them may pass, the whole shift does not. A look is six transitions of a workflow: 40 minutes of looks cost 2 cents.
 */
const CAREFUL: ReleasePlan = {
  steps: [
    { percent: 5, seconds: 600 },
    { percent: 20, seconds: 600 },
    { percent: 50, seconds: 600 },
    { percent: 100, seconds: 600 },
  ],
  lookEverySeconds: 15,
};

/** To see it work. */
const QUICK: ReleasePlan = {
  steps: [
    { percent: 10, seconds: 10 },
    { percent: 50, seconds: 10 },
    { percent: 100, seconds: 10 },
  ],
  lookEverySeconds: 1,
};

const prod: StageConfig = {
  name: 'prod',
  environments: ENVIRONMENTS,
  vehicleSimulator: false,
  broker: 'http',
  waf: true,
  alarms: true,
  eventRetentionDays: 90,
  logRetention: RetentionDays.THREE_MONTHS,
  removalPolicy: RemovalPolicy.RETAIN,
  pointInTimeRecovery: true,
  throttling: THROTTLING,
  clients: [MY_APP],
  customerManagedKeys: true,
  gameDays: false,
  release: CAREFUL,
  identity: 'provider',
};

/** The integration stage is prod with simulated vehicles. */
const int: StageConfig = {
  ...prod,
  name: 'int',
  vehicleSimulator: true,
  broker: 'mock',
  gameDays: true,
  eventRetentionDays: 30,
  logRetention: RetentionDays.ONE_MONTH,
};

const test: StageConfig = {
  ...int,
  name: 'test',
  eventRetentionDays: 7,
  logRetention: RetentionDays.ONE_WEEK,
  removalPolicy: RemovalPolicy.DESTROY,
  pointInTimeRecovery: false,
};

/** A developer's own stage: none of its resources has an idle price; polling its eight queues costs some 2 USD a month. */
const dev = (name: string): StageConfig => ({
  ...test,
  name,
  environments: ['blue'],
  waf: false,
  alarms: false,
  customerManagedKeys: false,
  gameDays: false,
  eventRetentionDays: 1,
  logRetention: RetentionDays.THREE_DAYS,
  release: QUICK,
  identity: 'demo-users',
  expiresAfterDays: 14,
});

/** What a developer's stage may have in the place of its defaults. */
export interface StageOptions {
  /** `mock`, `http` or `iot-core`. */
  readonly broker?: string | undefined;
  /** `blue`, or `blue,green`: with both it has the load balancer and the alarms that a release needs, and their price. */
  readonly environments?: string | undefined;
}

const FIXED_STAGES: ReadonlyMap<string, StageConfig> = new Map(
  [prod, int, test].map((stage) => [stage.name, stage]),
);

/**
 * The stage of a name: `prod`, `int`, `test`, or `dev-<name>` with a name of lower-case letters, digits and
 * hyphens, 20 at most (it becomes part of stack names).
 * @param options of developers' stages only; what the others have stands here
 * @throws Error that says which names and options there are
 */
export function stageConfig(name: string, options: StageOptions = {}): StageConfig {
  const fixed = FIXED_STAGES.get(name);
  if (fixed !== undefined) {
    const given = Object.entries(options).find(([, value]) => value !== undefined)?.[0];
    if (given === undefined) return fixed;
    throw new Error(
      `The ${given} of the stage '${name}' stands in lib/stages.ts. Only stages dev-<name> take another.`,
    );
  }
  if (/^dev-[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) {
    const { broker, environments } = options;
    return {
      ...dev(name),
      ...(broker === undefined ? {} : { broker: brokerNamed(broker) }),
      ...(environments === undefined ? {} : withEnvironments(environments)),
    };
  }
  throw new Error(
    `There is no stage '${name}'. Use ${[...FIXED_STAGES.keys()].join(', ')} or dev-<name> ` +
      `(lower-case letters, digits, hyphens): cdk synth -c stage=dev-alice`,
  );
}

function brokerNamed(name: string): Broker {
  const broker = BROKERS.find((known) => known === name);
  if (broker !== undefined) return broker;
  throw new Error(
    `There is no broker '${name}'. Use ${BROKERS.join(', ')}: cdk synth -c stage=dev-alice -c broker=http`,
  );
}

function withEnvironments(names: string): Partial<StageConfig> {
  if (names === 'blue') return {};
  if (names === ENVIRONMENTS.join(',')) return { environments: ENVIRONMENTS, alarms: true };
  throw new Error(
    `'${names}' are no environments. Use blue, or blue,green: cdk synth -c stage=dev-alice -c environments=blue,green`,
  );
}
