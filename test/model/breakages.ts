import { onTestFinished, vi } from 'vitest';

/** A way in which the product may be broken: the model must see it. */
export interface Breakage {
  /** What does not hold any more. */
  readonly name: string;
  /** How a run says so. */
  readonly fault: RegExp;
  /** It shows only where so many calls take long. That many functions run out of time, and leave dead letters behind. */
  readonly slowRate?: number;
  /** A text in the workflows' definitions, and in the requests of functions, and what stands there then. */
  readonly text?: readonly [from: string, to: string];
  /** Puts others in the place of modules, before the functions are loaded. */
  readonly replaceModules?: () => void;
}

/** @param change what the module exports otherwise */
function replace<Module extends object>(path: string, change: (module: Module) => Partial<Module>): void {
  vi.doMock(path, async (original: () => Promise<Module>) => {
    const module = await original();
    return { ...module, ...change(module) };
  });
  onTestFinished(() => void vi.doUnmock(path));
}

type Distribute = typeof import('../../functions/event-processing/distribution/distribute.ts');
const DISTRIBUTE = '../../functions/event-processing/distribution/distribute.ts';
type Notification = typeof import('../../functions/event-processing/distribution/notification.ts');
const NOTIFICATION = '../../functions/event-processing/distribution/notification.ts';
type Check = typeof import('../../functions/event-processing/lifecycle-check/check.ts');
const CHECK = '../../functions/event-processing/lifecycle-check/check.ts';
type Watch = typeof import('../../functions/event-processing/watch.ts');
const WATCH = '../../functions/event-processing/watch.ts';
type WatchQueue = typeof import('../../functions/event-processing/watch-queue.ts');
const WATCH_QUEUE = '../../functions/event-processing/watch-queue.ts';
type BrokerMessages = typeof import('../../functions/outgoing-vehicle-communication/broker-message.ts');
const BROKER_MESSAGES = '../../functions/outgoing-vehicle-communication/broker-message.ts';

export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'a status goes back',
    text: ['#rank < :rank', '#rank <> :rank'],
    fault: /^I4: .* went back/,
  },
  {
    name: 'the second end replaces the first',
    text: ['#rank < :rank', '#rank <= :rank'],
    fault: /^I1: the end of .* changed/,
  },
  {
    name: 'PENDING is recorded after the end',
    // Of the workflow: functions write other names.
    text: [
      'attribute_not_exists(pk) OR #rank < :rank OR (#rank = :rank AND changedBy',
      'attribute_not_exists(pk) OR #rank <> :rank OR (#rank = :rank AND changedBy',
    ],
    slowRate: 0.4,
    fault: /^I4: .* went back from FAILED to PENDING/,
  },
  {
    name: 'a lease is taken, whoever holds it',
    text: [
      'attribute_not_exists(vin) OR expiresAt',
      'attribute_exists(vin) OR attribute_not_exists(vin) OR expiresAt',
    ],
    fault: /^I2: .* took the vehicle/,
  },
  {
    name: 'an end frees the vehicle of others, not of its own command',
    text: ['"ConditionExpression":"eventId = :eventId"', '"ConditionExpression":"eventId <> :eventId"'],
    fault: /^I2: .* (?:took the vehicle|is not free)/,
  },
  {
    name: 'a time-out fails a command without a look at its state',
    replaceModules: () =>
      replace<Check>(CHECK, ({ check }) => ({
        check: (watch, dependencies) => check(watch, { ...dependencies, getState: async () => undefined }),
      })),
    fault: /^I4: .* timed out/,
  },
  {
    name: 'a wait that takes several delays is not chained',
    replaceModules: () => {
      // SQS's 900 s are longer than any wait there is.
      replace<Watch>(WATCH, ({ delaySeconds }) => ({
        delaySeconds: (deadline, now) => Math.min(8, delaySeconds(deadline, now)),
      }));
      replace<Check>(CHECK, ({ check }) => ({
        check: (watch, dependencies) => check(watch, { ...dependencies, watchOn: async () => undefined }),
      }));
    },
    fault: /^I1: .* stays/,
  },
  {
    name: 'the watch ends when its command has moved on',
    replaceModules: () =>
      replace<Check>(CHECK, ({ check }) => ({
        check: (watch, dependencies) => {
          const isEarly = dependencies.now() < watch.deadline;
          return check(watch, isEarly ? dependencies : { ...dependencies, watchOn: async () => undefined });
        },
      })),
    fault: /^I1: .* stays (?:PENDING|RUNNING)/,
  },
  {
    name: 'nothing is watched',
    replaceModules: () => replace<WatchQueue>(WATCH_QUEUE, () => ({ watchQueue: () => async () => [] })),
    fault: /^I1: .* stays/,
  },
  {
    name: 'a command is sent though it has expired',
    replaceModules: () =>
      replace<BrokerMessages>(BROKER_MESSAGES, ({ lastDelivery }) => ({
        lastDelivery: (event) => lastDelivery(event) + 60_000,
      })),
    fault: /^I5: .* reached the broker/,
  },
  {
    name: 'the broker keeps a command for longer than it lives',
    replaceModules: () =>
      replace<BrokerMessages>(BROKER_MESSAGES, ({ brokerMessage }) => ({
        brokerMessage: (event, now) => {
          const message = brokerMessage(event, now);
          return { ...message, properties: { message_expiry_interval: 3600 } };
        },
      })),
    fault: /^I5: .* reached the vehicle/,
  },
  {
    name: 'an end is told before it is settled',
    replaceModules: () =>
      replace<Distribute>(DISTRIBUTE, () => ({
        distribute: async (event, { deliver }) => {
          const { notificationOf } = await vi.importActual<Notification>(NOTIFICATION);
          await deliver(notificationOf(event));
          return true;
        },
      })),
    fault: /^I1: of .* the subscriber heard/,
  },
];
