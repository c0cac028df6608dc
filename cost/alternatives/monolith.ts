import type { Use } from '../bill.ts';
import { HOURS, PEAK_FACTOR } from '../volumes.ts';
import { type Alternative, accessLogBytes, type Ours, sameForAll, TRACED } from './alternative.ts';

/** What decides about its price, and what nobody outside knows. */
export interface Sizing {
  /** API calls a second that one vCPU of a Java EE server answers, each with a query. */
  readonly callsPerVcpu: number;
}

export const SIZING: Sizing = { callsPerVcpu: 200 };

/** A command is a dozen writes, reads and messages: as much work as so many calls. */
const CALLS_OF_COMMAND = 10;
/** Machines are full at so much of their CPU: what is more makes tails long, and a start takes minutes. */
const UTILISATION = 0.6;
/** One of three zones may be lost. */
const ZONE_FACTOR = 3 / 2;
/** Kubernetes' own agents. */
const OVERHEAD = 1.1;
const FEWEST_NODES = 3;
const NODE_VCPUS = 4;
const NODE_DISK_GB = 50;
const NAT_GATEWAYS = 3;
/** Queries by primary key, and small transactions, that one vCPU of the database answers. */
const QUERIES_PER_VCPU = 2000;
const DATABASE_VCPUS = 4;
/** Rows and their indexes are twice what DynamoDB keeps. */
const ROWS_FACTOR = 2;
/** An application's log: a line for each of four states. */
const LOG_BYTES_OF_COMMAND = 4 * 300;
const BYTES_OF_MESSAGE = 1500;
const MESSAGES_OF_COMMAND = 3;

const peakCalls = ({ monthly }: Ours): number =>
  ((monthly.apiCalls + monthly.commands * CALLS_OF_COMMAND) / (HOURS * 3600)) * PEAK_FACTOR;

export const nodes = (ours: Ours, { callsPerVcpu }: Sizing): number =>
  Math.max(
    FEWEST_NODES,
    Math.ceil((peakCalls(ours) / callsPerVcpu / UTILISATION / NODE_VCPUS) * ZONE_FACTOR * OVERHEAD),
  );

/** In sizes of db.r6g.xlarge: a larger one costs in proportion. */
const databases = (ours: Ours): number =>
  Math.max(1, 2 ** Math.ceil(Math.log2(peakCalls(ours) / QUERIES_PER_VCPU / UTILISATION / DATABASE_VCPUS)));

const isDoor = ({ key }: Use): boolean => key.startsWith('load-balancer:') || key.startsWith('public-ipv4:');

const storedGb = ({ monthly }: Ours): number =>
  ROWS_FACTOR *
  monthly.uses
    .filter(({ key }) => key === 'dynamodb:gb-months')
    .reduce((total, { amount }) => total + amount, 0);

/** What of its lines goes on when nobody uses it. */
export const runsIdle = ({ key }: Use): boolean =>
  key.startsWith('eks:') ||
  key.startsWith('ec2:') ||
  key.startsWith('ebs:') ||
  key.endsWith('az-hours') ||
  key === 'nat:hours';

export const monolith = (sizing: Sizing): Alternative => ({
  name: 'monolith',
  what: 'The lifted and shifted Java EE application on EKS with RDS in two zones, sized for its peak.',
  uses: (ours) => {
    const { monthly } = ours;
    const machines = nodes(ours, sizing);
    return [
      ...sameForAll(ours),
      ...monthly.uses.filter(isDoor),
      { key: 'eks:cluster-hours', amount: HOURS, resource: 'cluster' },
      { key: 'ec2:m7g.xlarge-hours', amount: machines * HOURS, resource: 'nodes' },
      { key: 'ebs:gb-months', amount: machines * NODE_DISK_GB, resource: 'nodes' },
      { key: 'rds:db.r6g.xlarge-multi-az-hours', amount: databases(ours) * HOURS, resource: 'database' },
      { key: 'rds:gb-months', amount: storedGb(ours), resource: 'database' },
      { key: 'nat:hours', amount: NAT_GATEWAYS * HOURS, resource: 'way to the broker' },
      {
        key: 'nat:bytes',
        amount: monthly.commands * MESSAGES_OF_COMMAND * BYTES_OF_MESSAGE,
        resource: 'way to the broker',
      },
      {
        key: 'logs:bytes',
        amount: monthly.apiCalls * accessLogBytes(ours) + monthly.commands * LOG_BYTES_OF_COMMAND,
        resource: 'application',
      },
      ...monthly.uses.filter(({ key }) => key === 'logs:gb-months'),
      { key: 'x-ray:traces', amount: monthly.commands * TRACED, resource: 'application' },
    ];
  },
  assumptions: (ours) => [
    `A vCPU answers ${sizing.callsPerVcpu} API calls a second at full load, and is used to ${UTILISATION * 100} %; a command is as much work as ${CALLS_OF_COMMAND} calls. At the peak, ${PEAK_FACTOR} times the average, that and one zone of three in reserve make ${nodes(ours, sizing)} nodes m7g.xlarge, day and night. New nodes would come too late for such peaks.`,
    `PostgreSQL in two zones, ${databases(ours)} times db.r6g.xlarge: ${QUERIES_PER_VCPU} queries a second and vCPU, ${UTILISATION * 100} % used; ${Math.round(storedGb(ours))} GB.`,
    `The same firewall and load balancer (no weights, no endpoints), ${NAT_GATEWAYS} NAT gateways, the same line of an access log for each call, four lines of log for each command, 5 % of commands traced.`,
    'On demand, as all is here: savings plans would take a third off EC2, and some 17 % off Lambda.',
    'Left out: a Java EE server’s licence, stages beside production that idle, and the people who look after machines.',
  ],
});
