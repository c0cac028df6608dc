import { describe, expect, test } from 'vitest';
import { faultsOfWay } from '../../../vehicle-simulator/runner/check-way.ts';
import type { Followed } from '../../../vehicle-simulator/runner/follow.ts';
import type { Case } from '../../../vehicle-simulator/scenarios/case.ts';
import { caseOf, followedOf, seenOf } from './factories.ts';

const REJECTED: Case['expect'] = { end: 'FAILED', reason: 'VEHICLE_REJECTED', history: [] };
const REFUSED: Case['expect'] = { end: 'REFUSED', statusCode: 400, reason: 'INVALID_REQUEST', history: [] };

const faults = (followed: Partial<Followed>, expected?: Case['expect']) =>
  faultsOfWay(followedOf(caseOf(expected === undefined ? {} : { expect: expected }), followed));

describe('a way holds', () => {
  test.each<[string, Partial<Followed>, Case['expect'] | undefined]>([
    [
      'with each status',
      { seen: ['PENDING', 'DELIVERED', 'EXECUTED'].map((word) => seenOf(word)) },
      undefined,
    ],
    ['with statuses that no poll met', { seen: [seenOf('EXECUTED')] }, undefined],
    ['that fails for the reason', { seen: [seenOf('ERROR', 3, 'VEHICLE_REJECTED')] }, REJECTED],
    ['that is refused', { answer: { statusCode: 400, reason: 'INVALID_REQUEST' }, seen: [] }, REFUSED],
  ])('%s', (_, followed, expected) => {
    expect(faults(followed, expected)).toEqual([]);
  });
});

describe('a way does not hold', () => {
  test.each<[string, Partial<Followed>, Case['expect'] | undefined, string]>([
    [
      'if the request is refused',
      { answer: { statusCode: 409, reason: 'VEHICLE_BUSY' }, seen: [] },
      undefined,
      'request: refused with 409 VEHICLE_BUSY; must be accepted',
    ],
    [
      'if the request is accepted',
      {},
      REFUSED,
      'request: accepted; must be refused with 400 INVALID_REQUEST',
    ],
    [
      'if the request is refused for another reason',
      { answer: { statusCode: 404, reason: undefined }, seen: [] },
      REFUSED,
      'request: refused with 404; must be refused with 400 INVALID_REQUEST',
    ],
    [
      'that goes back',
      { seen: ['DELIVERED', 'PENDING', 'EXECUTED'].map((word) => seenOf(word)) },
      undefined,
      'polls: DELIVERED became PENDING',
    ],
    [
      'without an end',
      { seen: [seenOf('DELIVERED')] },
      undefined,
      'polls: no end within 10 s, still DELIVERED; must be EXECUTED',
    ],
    [
      'with another end',
      { seen: [seenOf('EXECUTED')] },
      REJECTED,
      'polls: ended as EXECUTED; must be ERROR VEHICLE_REJECTED',
    ],
    [
      'with another reason',
      { seen: [seenOf('ERROR', 3, 'VEHICLE_DID_NOT_ANSWER')] },
      REJECTED,
      'polls: ended as ERROR VEHICLE_DID_NOT_ANSWER; must be ERROR VEHICLE_REJECTED',
    ],
  ])('%s', (_, followed, expected, fault) => {
    expect(faults(followed, expected)).toEqual([fault]);
  });
});
