import * as z from 'zod';
import { Status, StatusReason } from '../../functions/event/lifecycle.ts';
import type { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import type { Behaviour } from '../behaviour.ts';

/** An entry of the vehicle's history that a command must leave. */
const ExpectedEntry = z.strictObject({
  status: Status,
  reason: StatusReason.optional(),
  /** Whether it came after the end and changed nothing; not looked at, if this is not said: messages that are close together may swap. */
  ignored: z.boolean().optional(),
  /** How often at least and at most; once by default. */
  times: z.tuple([z.int().min(0), z.int().min(1)]).optional(),
});
export type ExpectedEntry = z.infer<typeof ExpectedEntry>;

/**
 * Types of the reports that the subscriber hears of, each once or more often; none by default. A report's id is
 * `messageIdOf(commandId, step)`, with its position in the behaviour's steps.
 */
const reports = z.array(z.string()).optional();

/**
 * Reasons of the dead letters that the vehicle's messages become, each by how it begins; none by default. There is one
 * dead letter of each at least, and none of another reason: a message that comes again is a dead letter again.
 */
const deadLetters = z.array(z.string()).optional();

/** What must be seen of a command, and nothing else. */
export const Expectation = z.discriminatedUnion('end', [
  z.strictObject({
    /** Refused at once: no command, no history entry but FAILED, no message to the vehicle. */
    end: z.literal('REFUSED'),
    statusCode: z.int().min(400).max(499),
    reason: StatusReason.optional(),
    history: z.array(ExpectedEntry),
  }),
  z.strictObject({
    end: z.literal('EXECUTED'),
    history: z.array(ExpectedEntry),
    reports,
    deadLetters,
  }),
  z.strictObject({
    end: z.literal('FAILED'),
    reason: StatusReason,
    /** The status that must have lasted for its longest expected time, if that is why it failed. */
    timedOutIn: Status.extract(['PENDING', 'RUNNING']).optional(),
    history: z.array(ExpectedEntry),
    reports,
    deadLetters,
  }),
]);
export type Expectation = z.infer<typeof Expectation>;

/** One thing to try: a service, a vehicle that does as a scenario says, and what must be seen. */
export interface Case {
  /** `<scenario>/<behaviour>/<status>/<generation>/<service>`: what `--filter` looks at. */
  readonly id: string;
  readonly service: RemoteService;
  /** The vehicle, of this case alone; its VIN is made from the id. The owner is the demo user. */
  readonly vehicle: Vehicle;
  readonly behaviour: Behaviour;
  /** The request's body, if it is not the catalogue's example. */
  readonly body?: RemoteService['example'];
  readonly expect: Expectation;
  /** Seconds from the request in which it must end, at least and at most. */
  readonly seconds: readonly [number, number];
  /** Seconds from the request until the vehicle has sent its last message, and that has been processed. */
  readonly quietAfterSeconds: number;
}
