import { EVENT_STATUS_WORDS } from '../../functions/event/lifecycle.ts';
import type { Shown } from './app-client.ts';
import { type Followed, isEnd } from './follow.ts';

/** In the order in which an app may see them; one that is passed over is not seen. */
const WORDS: readonly string[] = [...new Set(Object.values(EVENT_STATUS_WORDS))];

/**
 * What is wrong with the answer to the request, and with what polls showed: no later look makes it right.
 * @returns a line for each fault
 */
export function faultsOfWay({ case: { expect, seconds }, answer, seen }: Followed): string[] {
  if (expect.end === 'REFUSED') {
    const wanted = refusal(expect.statusCode, expect.reason);
    if ('eventId' in answer) return [`request: accepted; must be ${wanted}`];
    const got = refusal(answer.statusCode, answer.reason);
    return got === wanted ? [] : [`request: ${got}; must be ${wanted}`];
  }
  if (!('eventId' in answer)) {
    return [`request: ${refusal(answer.statusCode, answer.reason)}; must be accepted`];
  }

  const faults: string[] = [];
  for (const [index, { word }] of seen.entries()) {
    const before = seen[index - 1];
    if (before !== undefined && WORDS.indexOf(word) <= WORDS.indexOf(before.word)) {
      faults.push(`polls: ${wordOf(before)} became ${word}`);
    }
  }
  const [, until] = seconds;
  const last = seen.at(-1);
  if (last === undefined || !isEnd(last.word)) {
    faults.push(
      `polls: no end within ${until} s, still ${last?.word ?? 'unknown'}; must be ${ending(expect)}`,
    );
  } else if (wordOf(last) !== ending(expect)) {
    faults.push(`polls: ended as ${wordOf(last)}; must be ${ending(expect)}`);
  }
  return faults;
}

const refusal = (statusCode: number, reason: string | undefined): string =>
  `refused with ${statusCode}${reason === undefined ? '' : ` ${reason}`}`;

/** How the end shows in a poll. */
const ending = (expect: { end: 'EXECUTED' } | { end: 'FAILED'; reason: string }): string =>
  expect.end === 'FAILED' ? `${EVENT_STATUS_WORDS.FAILED} ${expect.reason}` : EVENT_STATUS_WORDS.EXECUTED;

export const wordOf = ({ word, reason }: Shown): string =>
  reason === undefined ? word : `${word} ${reason}`;
