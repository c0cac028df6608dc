import packageJson from '../../package.json' with { type: 'json' };
import { BACKEND_MESSAGES } from './backend.ts';
import { schemas } from './schemas.ts';
import { CARRIED_COMMANDS, CARRIED_FROM_VEHICLES, VEHICLE_CHANNELS, VEHICLE_MESSAGES } from './vehicles.ts';

type MessageName = keyof typeof BACKEND_MESSAGES | (typeof CARRIED_COMMANDS)[number];

const channel = (
  address: string | null,
  title: string,
  description: string,
  ...messages: readonly MessageName[]
) => ({
  address,
  title,
  description,
  messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
});

/** Without an address: the deployment says where it is. */
const CHANNELS = {
  events: channel(
    null,
    'Events',
    'The SNS topic of an environment: every status change of its commands and every report that was routed to it, at least once and in any order.',
    'event',
    'report',
  ),
  vehicleMessages: channel(
    null,
    'Vehicle messages',
    'The SNS topic of an environment: what vehicles answer to the commands that it has sent, and its share of what they tell on their own.',
    'vehicleMessage',
  ),
  brokerPublications: channel(
    '/publish',
    'Broker API, publish',
    'Takes a message for a vehicle. It answers 202 if nobody listens; then it does not keep the message.',
    ...CARRIED_COMMANDS,
  ),
  brokerWakeUps: channel(
    '/wake-up',
    'Broker API, wake-up',
    'Wakes a sleeping vehicle through the mobile network.',
    'wakeUpCall',
  ),
  brokerDeliveries: channel(
    null,
    'Incoming queue',
    'The SQS queue of a stage: what vehicles publish, with its topic, by a rule of the broker.',
    ...CARRIED_FROM_VEHICLES,
  ),
  notifications: channel(
    null,
    'Subscriber',
    'The URL that is told how commands ended and what vehicles report, for the push notification to the app.',
    'notification',
  ),
};

type Action = 'send' | 'receive';

const operation = (action: Action, name: keyof typeof CHANNELS, summary: string) => ({
  action,
  channel: { $ref: `#/channels/${name}` },
  summary,
});

/** A request that is posted. */
const post = (name: keyof typeof CHANNELS, summary: string) => ({
  ...operation('send', name, summary),
  bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
});

/** What the parts of the backend say to each other, to the broker, to vehicles and to the subscriber. */
export const asyncApi = () => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Remote vehicle services',
    version: packageJson.version,
    description:
      'What the parts of the backend say to each other and to their peers. All times are UTC with milliseconds, but where a generation of vehicles counts seconds.',
    license: { name: packageJson.license },
  },
  defaultContentType: 'application/json',
  channels: { ...CHANNELS, ...VEHICLE_CHANNELS },
  operations: {
    publishEvent: operation('send', 'events', 'Whatever part sees a status change or a report publishes it'),
    processEvent: operation(
      'receive',
      'events',
      'Persistence, distribution and lifecycle; of reports, distribution',
    ),
    routeVehicleMessage: operation(
      'send',
      'vehicleMessages',
      'Routing, to the environment of the command; reports by the weights',
    ),
    processVehicleMessage: operation('receive', 'vehicleMessages', 'Processing, which makes an event of it'),
    publishCommand: post('brokerPublications', 'Outgoing vehicle communication'),
    wakeVehicle: post('brokerWakeUps', 'Outgoing vehicle communication, while nobody listens'),
    takeDelivery: operation('receive', 'brokerDeliveries', 'Traffic, which reads what the vehicle wrote'),
    notifySubscriber: post('notifications', 'Distribution'),
  },
  components: {
    messages: { ...BACKEND_MESSAGES, ...VEHICLE_MESSAGES },
    schemas: schemas(),
  },
});
