import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { REMEMBER_SECONDS } from '../../lib/event-creation/event-creation.ts';

export const RETRY_MINUTES = REMEMBER_SECONDS / 60;

const wakeUps = GENERATIONS.map(
  ({ name, wakeUp }) => `- \`${name}\`: ${wakeUp.longestExpectedSeconds} s, by ${wakeUp.channel}`,
);

/** What holds for all operations. */
export const DESCRIPTION = `Asks vehicles for remote services, as the app on a phone does: request one, then poll \`eventStatus\` with the \`eventId\` that is answered until \`EXECUTED\` or \`ERROR\`. Every accepted command comes to one of these ends. All times are UTC with milliseconds.

## Users
The token alone says who the user is. Vehicles and commands of others are answered exactly like those that do not exist: 404.

## Retries
A request that is retried with the same \`x-correlation-id\` within ${RETRY_MINUTES} minutes is answered like the first, with the same \`eventId\`: the vehicle gets one command. Another request with the same id is refused by 409 (\`CORRELATION_ID_REUSED\`). A request that was refused may be sent again with its id.

## Sleeping vehicles
A vehicle that sleeps is woken first, and the app sees \`PENDING\` meanwhile. Nobody knows beforehand whether it sleeps: a command of any vehicle may take longer by the wake-up of the vehicle’s generation.

${wakeUps.join('\n')}

If it does not wake up in time, the command is dropped and fails with \`VEHICLE_UNREACHABLE\`. Nothing reaches a vehicle later than that.

## One at a time
A vehicle takes one command at a time. While it is busy others are refused by 409 (\`VEHICLE_BUSY\`); \`inFlight\` names the one that it is busy with.

## Errors
Every error has \`statusCode\` and \`message\`; a command that is refused also has \`errorDetails\` with a reason. A command that was accepted and failed has its reason in \`eventStatus\`.`;
