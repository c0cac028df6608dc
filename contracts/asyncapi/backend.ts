import {
  filterAttributes,
  type RemoteServiceEvent,
  reportFilterAttributes,
} from '../../functions/event/event.ts';
import {
  notificationOf,
  reportNotificationOf,
} from '../../functions/event-processing/distribution/notification.ts';
import { wakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import { mqtt2021 } from '../../functions/vehicle-generations/mqtt-2021.ts';
import {
  answersOf,
  created,
  eventOf,
  pending,
  readAnswer,
  readReport,
  reported,
  reportsOf,
  unreachable,
} from '../samples.ts';
import { example } from './example.ts';
import { ref } from './schemas.ts';

/** The messages between the parts of the backend, and to its peers. */

const sent = pending(mqtt2021);
const messages = Object.entries(answersOf(mqtt2021)).map(
  ([name, delivery]) => [name, readAnswer(delivery)] as const,
);
const reports = Object.entries(reportsOf(mqtt2021)).map(
  ([name, delivery]) => [name, readReport(delivery)] as const,
);
/** Those that answer the sample command; the last one answers another. */
const ends = messages.filter(([, { serviceType }]) => serviceType === sent.data.serviceType);

const eventExample = (name: string, event: RemoteServiceEvent) => ({
  name,
  headers: filterAttributes(event),
  payload: event,
});

/** A command in flight, without what its life adds: as the routing workflow reads it from the Events table. */
function commandOf({ data }: RemoteServiceEvent, serviceType: string) {
  const { status, payload, ...command } = data;
  return { ...command, serviceType };
}

export const BACKEND_MESSAGES = {
  event: {
    name: 'RemoteServiceEvent',
    title: 'A status change of a command',
    summary: 'A CloudEvents 1.0 envelope. The headers are SNS message attributes, to filter by.',
    contentType: 'application/json',
    headers: ref('EventAttributes'),
    payload: ref('RemoteServiceEvent'),
    correlationId: { location: '$message.payload#/data/correlationId' },
    examples: [
      eventExample('created', created),
      eventExample('pending', sent),
      ...ends.map(([name, message]) => eventExample(name, eventOf(sent, message))),
      eventExample('unreachable', unreachable(sent)),
    ],
  },
  report: {
    name: 'VehicleReported',
    title: 'What a vehicle told on its own',
    summary: 'A CloudEvents 1.0 envelope; `data.data` has the schema that is named like its `reportType`.',
    contentType: 'application/json',
    headers: ref('ReportAttributes'),
    payload: ref('VehicleReported'),
    examples: reports.map(([name, message]) => {
      const payload = reported(message);
      return { name, headers: reportFilterAttributes(payload), payload };
    }),
  },
  vehicleMessage: {
    name: 'RoutedMessage',
    title: 'What a vehicle says about a command, or on its own',
    summary: 'In the backend’s terms, whatever the vehicle speaks; with the command, null if nobody sent it.',
    contentType: 'application/json',
    payload: ref('RoutedMessage'),
    examples: [
      ...messages.map(([name, message]) =>
        example(name, { message, command: commandOf(sent, message.serviceType) }),
      ),
      ...messages.slice(0, 1).map(([, message]) => example('unsolicited', { message, command: null })),
      ...reports.map(([name, message]) => example(name, { message, command: null })),
    ],
  },
  wakeUpCall: {
    name: 'WakeUpCall',
    title: 'A sleeping vehicle is to be woken',
    summary: 'Repeated with the same reference, it is not sent again.',
    contentType: 'application/json',
    payload: ref('WakeUpCall'),
    examples: [example('wakeUp', wakeUpCall(sent))],
  },
  notification: {
    name: 'Notification',
    title: 'How a command ended, or what a vehicle reports',
    summary:
      'Delivered at least once; the id tells a repetition. `data` of a report has the schema that is named like `report`.',
    contentType: 'application/json',
    payload: ref('Notification'),
    examples: [
      ...ends
        .filter(([, { status }]) => status !== 'RUNNING')
        .map(([name, message]) => example(name, notificationOf(eventOf(sent, message)))),
      example('unreachable', notificationOf(unreachable(sent))),
      ...reports.map(([name, message]) => example(name, reportNotificationOf(reported(message)))),
    ],
  },
};
