import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import { deliverySeconds, longestExpectedSeconds } from '../../functions/remote-services/times.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';
import type { AnswerStep, Behaviour, Step } from '../behaviour.ts';
import { delayBounds } from '../delay.ts';
import type { Expectation } from './case.ts';

/** Seconds that requests, messages and polls may take in all on a stage that is under load. */
const ON_THE_WAY = 15;

/**
 * Seconds from the wake-up's time until a command that came too early comes back: up to 4 s at its sixth receipt
 * (`pause.ts`), and the time of the calls.
 */
const COMES_BACK = 6;

/** Seconds before its last moment that a command may be given up: nothing can come back in the last 4 s. */
const GIVEN_UP_BEFORE = 5;

interface Situation {
  readonly behaviour: Behaviour;
  readonly service: RemoteService;
  readonly generation: VehicleGeneration;
}

/**
 * Seconds from the request in which a case must have ended, at least and at most: a time-out takes its time, an
 * answer as long as the vehicle waits before it.
 * @throws Error for an end that no step leads to
 */
export function endsWithin(expect: Expectation, situation: Situation): readonly [number, number] {
  const { behaviour, service, generation } = situation;
  if (expect.end === 'REFUSED') return [0, ON_THE_WAY];
  const from = ([least, most]: readonly [number, number]): readonly [number, number] => [
    least,
    most + longestWakeUp(behaviour) + ON_THE_WAY,
  ];
  if (expect.end === 'EXECUTED') return from(earliest(behaviour, ['EXECUTED'], 'EXECUTED'));
  if (expect.timedOutIn === 'PENDING') {
    const seconds = longestExpectedSeconds(service, 'PENDING', generation);
    return [seconds, seconds + ON_THE_WAY];
  }
  if (expect.timedOutIn === 'RUNNING') {
    const [least, most] = earliest(behaviour, ['ACKNOWLEDGED', 'IN_PROGRESS'], 'RUNNING');
    const seconds = longestExpectedSeconds(service, 'RUNNING', generation);
    return from([least + seconds, most + seconds]);
  }
  if (expect.reason === 'VEHICLE_UNREACHABLE') {
    const seconds = deliverySeconds(service, generation);
    return [seconds - GIVEN_UP_BEFORE, seconds + ON_THE_WAY];
  }
  return from(earliest(behaviour, ['REJECTED'], `FAILED (${expect.reason})`));
}

/** Seconds from the request until the vehicle has sent its last message. */
export const quietAfter = (behaviour: Behaviour): number =>
  Math.max(0, ...behaviour.steps.map(lastSecond)) + longestWakeUp(behaviour) + ON_THE_WAY;

/** One that woke a short while ago is still awake: so at least nothing. */
const longestWakeUp = ({ sleeps }: Behaviour): number =>
  sleeps === undefined ? 0 : (sleeps.wakesAfterSeconds ?? 0) + COMES_BACK;

const isAnswer = (step: Step): step is AnswerStep => 'state' in step && step.to === undefined;

/** Seconds from the command's receipt until its first answer of these, at least and at most. */
function earliest(
  { steps }: Behaviour,
  states: readonly AnswerStep['state'][],
  end: string,
): readonly [number, number] {
  const bounds = steps
    .filter((step) => isAnswer(step) && states.includes(step.state))
    .map(({ afterMs }) => delayBounds(afterMs));
  if (bounds.length === 0) throw new Error(`expect: no step leads to ${end}`);
  return [
    Math.min(...bounds.map(([least]) => least)) / 1000,
    Math.min(...bounds.map(([, most]) => most)) / 1000,
  ];
}

const lastSecond = ({ afterMs, copies = 1, everyMs = 0 }: Step): number =>
  (delayBounds(afterMs)[1] + (copies - 1) * everyMs) / 1000;
