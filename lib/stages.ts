import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

export type EnvironmentName = 'blue' | 'green';

/** The ways to a broker, in the words of `cdk synth -c broker=…`. */
const BROKERS = ['mock', 'http', 'iot-core'] as const;
type Broker = (typeof BROKERS)[number];

/** A whole deployable copy of the system. All that differs between stages is said here. */
export interface StageConfig {
  readonly name: string;
  /** The environments of the stage; traffic goes to the first one by default. */
  readonly environments: readonly [EnvironmentName, ...EnvironmentName[]];
  /** Whether peers are simulated: the subscriber always, the broker and its vehicles if it is the mock. */
  readonly vehicleSimulator: boolean;
  /**
   * What brings commands to vehicles and their answers back: the simulator's mock, a broker behind an HTTP API like
   * EMQX's, whose URL and credentials whoever deploys knows, or AWS IoT Core of the same account.
   */
  readonly broker: Broker;
  /** Web application firewall; costs 5 USD a month idle, and 1 for each rule. */
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

const prod: StageConfig = {
  name: 'prod',
  environments: ['blue'],
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

/** A developer's own stage costs next to nothing idle: its queues are polled, for some 2 USD a month. */
const dev = (name: string): StageConfig => ({
  ...test,
  name,
  waf: false,
  alarms: false,
  customerManagedKeys: false,
  gameDays: false,
  eventRetentionDays: 1,
  logRetention: RetentionDays.THREE_DAYS,
});

const FIXED_STAGES: ReadonlyMap<string, StageConfig> = new Map(
  [prod, int, test].map((stage) => [stage.name, stage]),
);

/**
 * The stage of a name: `prod`, `int`, `test`, or `dev-<name>` with a name of lower-case letters, digits and
 * hyphens, 20 at most (it becomes part of stack names).
 * @param broker in the place of what a developer's stage has by default; what the others have stands here
 * @throws Error that says which names there are
 */
export function stageConfig(name: string, { broker }: { broker?: string | undefined } = {}): StageConfig {
  const fixed = FIXED_STAGES.get(name);
  if (fixed !== undefined) {
    if (broker === undefined) return fixed;
    throw new Error(
      `The broker of the stage '${name}' stands in lib/stages.ts. Only stages dev-<name> take another.`,
    );
  }
  if (/^dev-[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) {
    const stage = dev(name);
    return broker === undefined ? stage : { ...stage, broker: brokerNamed(broker) };
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
