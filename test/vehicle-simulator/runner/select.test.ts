import { expect, test } from 'vitest';
import { select } from '../../../vehicle-simulator/runner/select.ts';
import { caseOf } from './factories.ts';

const IDS = ['asleep/wakes/PENDING/mqtt-2021/horn-blow', 'answers/executes/RUNNING/http-2013/door-lock'];
const cases = IDS.map((id) => caseOf({ id }));
const ids = (filter: string | undefined) => select(cases, filter).map(({ id }) => id);

test.each([
  ['all without a filter', undefined, IDS],
  ['a part of the id', 'door', [IDS[1]]],
  ['a beginning', 'asleep/*', [IDS[0]]],
  ['parts in their order', '*/RUNNING/*/door-lock', [IDS[1]]],
  ['everything', '*', IDS],
])('%s', (_, filter, expected) => {
  expect(ids(filter)).toEqual(expected);
});

test.each(['horn-blow/', 'horn*', '*/PENDING', 'asleep.wakes', 'asleep?wakes*'])(
  'no case is like %s',
  (filter) => {
    expect(() => ids(filter)).toThrow(`No case is like '${filter}'. Ids are <scenario>/`);
  },
);
