import type { Use } from '../bill.ts';
import { HOURS, PEAK_FACTOR } from '../volumes.ts';
import type { Alternative, Ours } from './alternative.ts';

/** Each brings its own library, as the talk says: http-2013, mqtt-2018, mqtt-2021. */
const CONNECTORS = 3;
/** One in each of two zones. */
const FEWEST_TASKS = 2;
/** Java, with the broker's libraries. */
const TASK = { vcpus: 1, gb: 2 };
/** A task that mostly passes on small messages. */
const MESSAGES_PER_SECOND = 500;
/** To the broker: an acknowledgement and an end for each command, and the command itself. */
const MESSAGES_OF_COMMAND = 3;
const BYTES_OF_MESSAGE = 1500;
const NAT_GATEWAYS = 2;

const tasks = ({ monthly }: Ours): number => {
  const peak = (monthly.commands / (HOURS * 3600)) * MESSAGES_OF_COMMAND * PEAK_FACTOR;
  return CONNECTORS * Math.max(FEWEST_TASKS, Math.ceil(peak / CONNECTORS / MESSAGES_PER_SECOND));
};

/** The function that calls the broker API. */
const isSend = ({ block, resource }: Use): boolean =>
  block === 'outgoing-vehicle-communication' && resource === 'Send';

export const PILOT: Alternative = {
  name: 'pilot',
  what: 'This system with connectors on Fargate, which hold the broker’s libraries, in the place of the broker API.',
  uses: (ours) => [
    ...ours.monthly.uses.filter((use) => !isSend(use)),
    { key: 'fargate:vcpu-hours', amount: tasks(ours) * TASK.vcpus * HOURS, resource: 'connectors' },
    { key: 'fargate:gb-hours', amount: tasks(ours) * TASK.gb * HOURS, resource: 'connectors' },
    { key: 'nat:hours', amount: NAT_GATEWAYS * HOURS, resource: 'way to the broker' },
    {
      key: 'nat:bytes',
      amount: ours.monthly.commands * MESSAGES_OF_COMMAND * BYTES_OF_MESSAGE,
      resource: 'way to the broker',
    },
  ],
  assumptions: (ours) => [
    `Connectors for ${CONNECTORS} kinds of vehicles, ${tasks(ours)} tasks of ${TASK.vcpus} vCPU and ${TASK.gb} GB in two zones, day and night: a task passes on ${MESSAGES_PER_SECOND} messages a second, and the peak is ${PEAK_FACTOR} times the average.`,
    `They reach the broker of another account through ${NAT_GATEWAYS} NAT gateways, ${MESSAGES_OF_COMMAND} messages of ${BYTES_OF_MESSAGE} bytes for each command.`,
    'The function Send falls away; queues, front door and way back are as they are here. The talk’s pilot had no front door yet, and its incoming connector started the processing workflow by itself.',
    'Left out: the work of keeping the connectors’ libraries and certificates up to date.',
  ],
};
