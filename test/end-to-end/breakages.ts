/** A way in which the product may be broken. */
export interface Breakage {
  /** What does not hold any more. */
  readonly name: string;
  readonly changes: readonly Change[];
  /** Filter of the cases that see it. */
  readonly cases: string;
  /** How they see it. */
  readonly fault: RegExp;
  /** For how long to look, where something must have happened before it can be seen; only once by default. */
  readonly patienceSeconds?: number;
}

/** A text of the code, or of a workflow, by which the breakage begins, and what stands there then. */
export type Change = { readonly text: string; readonly by: string } & (
  | { readonly file: string; readonly handlers: readonly string[] }
  | { readonly workflow: string }
);

const PROCESSING = { workflow: 'statemachines/processing.asl.json' };
const STORE = {
  file: 'functions/persistence/command-store.ts',
  handlers: [
    'functions/event-processing/persistence/handler.ts',
    'functions/event-processing/distribution/handler.ts',
  ],
};
const DISTRIBUTE = {
  file: 'functions/event-processing/distribution/distribute.ts',
  handlers: ['functions/event-processing/distribution/handler.ts'],
};
const DESERIALISE = {
  file: 'functions/traffic/deserialise/deserialise.ts',
  handlers: ['functions/traffic/deserialise/handler.ts'],
};

/** Each is tried with vehicles of its own: one that is broken may not be free again. */
export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'the first end does not stay',
    changes: [
      {
        ...STORE,
        text: '#rank < :rank OR ',
        by: '#rank <= :rank OR ',
      },
    ],
    cases: 'after-the-end/rejects/EXECUTED/mqtt-2021/horn-blow',
    fault: /^polls: EXECUTED became ERROR VEHICLE_REJECTED/,
    patienceSeconds: 8,
  },
  {
    name: 'the lease is not freed',
    changes: [
      {
        ...STORE,
        text: "ConditionExpression: 'eventId = :eventId'",
        by: "ConditionExpression: 'eventId <> :eventId'",
      },
    ],
    cases: 'answers/executes/PENDING/mqtt-2021/door-lock',
    fault: /^lease: the vehicle is still held/,
  },
  {
    name: 'a rejected command is reported executed',
    changes: [{ ...DESERIALISE, text: "REJECTED: 'FAILED'", by: "REJECTED: 'EXECUTED'" }],
    cases: 'rejections/driving/PENDING/mqtt-2021/horn-blow',
    fault: /^polls: ended as EXECUTED.*must be ERROR VEHICLE_REJECTED/,
  },
  {
    name: 'the reason is lost',
    changes: [{ ...DESERIALISE, text: "{ statusReason: 'VEHICLE_REJECTED' as const }", by: '{}' }],
    cases: 'rejections/driving/PENDING/mqtt-2021/door-lock',
    fault: /^polls: ended as ERROR ?; must be ERROR VEHICLE_REJECTED/,
  },
  {
    name: 'an answer for another service is processed',
    changes: [{ ...PROCESSING, text: '$command.serviceType != $message.serviceType', by: 'false' }],
    cases: 'mistakes/answers-for-another-service/PENDING/mqtt-2021/horn-blow',
    fault: /^dead letters: COMMAND_OF_ANOTHER_SERVICE is missing/,
  },
  {
    name: 'a duplicate makes a second end',
    changes: [
      {
        ...PROCESSING,
        text: "'id': $command.eventId & '.vehicle.' & $message.messageId",
        by: "'id': $command.eventId & '.vehicle.' & $uuid()",
      },
      {
        ...DISTRIBUTE,
        text: 'if (standing.changedBy !== event.id || standing.changedAt !== event.time) return false;',
        by: '',
      },
    ],
    cases: 'repetitions/executes-twice/PENDING/mqtt-2021/horn-blow',
    fault: /^subscriber: was told 2 times, as different things/,
  },
  {
    name: 'malformed messages vanish',
    changes: [
      {
        file: 'functions/traffic/deserialise/handler.ts',
        handlers: DESERIALISE.handlers,
        text: 'await setAside(messageId, body, error.message);',
        by: '',
      },
    ],
    cases: 'rubbish/not-json/PENDING/mqtt-2021/horn-blow',
    fault: /^dead letters: payload is missing/,
  },
  {
    name: 'the subscriber hears nothing',
    changes: [
      {
        ...DISTRIBUTE,
        text: 'await deliver(notification);',
        by: '',
      },
    ],
    cases: 'answers/executes/PENDING/mqtt-2021/horn-blow',
    fault: /^subscriber: was not told/,
  },
  {
    name: 'reports are not distributed',
    changes: [{ ...PROCESSING, text: '"Default":"PublishReport"', by: '"Default":"Done"' }],
    cases: 'reports/alarm/PENDING/mqtt-2021/horn-blow',
    fault: /^reports: theft-alarm is missing/,
  },
  {
    name: 'a vehicle is sent what it cannot do',
    changes: [
      {
        file: 'functions/event-creation/validate/validate.ts',
        handlers: ['functions/event-creation/validate/handler.ts'],
        text: 'if (!vehicle.capabilities.includes(service.capability))',
        by: 'if (false)',
      },
    ],
    cases: 'refusals/lacks-the-capability/CREATED/mqtt-2021/horn-blow',
    fault: /^request: accepted; must be refused with 422 SERVICE_NOT_SUPPORTED/,
  },
];

/** Takes as long as a wake-up. Nothing of the others needs one, so it runs beside them. */
export const SLOW_BREAKAGES: readonly Breakage[] = [
  {
    name: 'the wake-up is not called',
    changes: [
      {
        file: 'functions/outgoing-vehicle-communication/send.ts',
        handlers: ['functions/outgoing-vehicle-communication/handler.ts'],
        text: 'await wakeUp(wakeUpCall(event));',
        by: '',
      },
    ],
    cases: 'asleep/wakes-and-executes/PENDING/mqtt-2021/horn-blow',
    // It is given up three seconds after it must have ended: the last poll may see either.
    fault: /^polls: (no end within .* still PENDING|ended as ERROR VEHICLE_UNREACHABLE)/,
  },
];
