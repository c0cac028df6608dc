import { expect, test } from 'vitest';
import {
  EVENT_STATUS_WORDS,
  isFinal,
  rankOf,
  Status,
  StatusReason,
  TIMEOUT_REASONS,
} from '../../functions/event/lifecycle.ts';

/** From each status, those that may replace it. */
const FOLLOWERS: Record<Status, Status[]> = {
  CREATED: ['PENDING', 'RUNNING', 'EXECUTED', 'FAILED'],
  PENDING: ['RUNNING', 'EXECUTED', 'FAILED'],
  RUNNING: ['EXECUTED', 'FAILED'],
  EXECUTED: [],
  FAILED: [],
};

test.each(Status.options)(
  '%s is replaced by what comes later in the lifecycle, and nothing else',
  (status) => {
    expect(Status.options.filter((other) => rankOf(other) > rankOf(status))).toEqual(FOLLOWERS[status]);
    expect(isFinal(status)).toBe(FOLLOWERS[status].length === 0);
  },
);

test('the app hears only words that it understands, and polls on until the end', () => {
  expect(EVENT_STATUS_WORDS).toEqual({
    CREATED: 'PENDING',
    PENDING: 'PENDING',
    RUNNING: 'DELIVERED',
    EXECUTED: 'EXECUTED',
    FAILED: 'ERROR',
  });
});

test('each status that can time out has a reason of its own', () => {
  const reasons = Object.values(TIMEOUT_REASONS);
  expect(Object.keys(TIMEOUT_REASONS)).toEqual(Status.options.filter((status) => !isFinal(status)));
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(StatusReason.options).toEqual(expect.arrayContaining(reasons));
});
