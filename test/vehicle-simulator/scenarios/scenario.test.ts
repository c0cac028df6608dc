import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import answers from '../../../vehicle-simulator/scenarios/answers.json' with { type: 'json' };
import { SCENARIOS } from '../../../vehicle-simulator/scenarios/files.ts';
import { readScenario } from '../../../vehicle-simulator/scenarios/scenario.ts';
import { scenario } from './scenario.ts';

const FOLDER = new URL('../../../vehicle-simulator/scenarios/', import.meta.url);

test('every file of the folder is a scenario that is played', () => {
  const files = readdirSync(FOLDER).filter((file) => /^(?!scenario\.schema).*\.json$/.test(file));
  expect(SCENARIOS.map(({ name }) => `${name}.json`).toSorted()).toEqual(files.toSorted());
});

test('a file is read as it is', () => {
  expect(readScenario('answers.json', answers)).toEqual(answers);
});

const behaving = (behaviour: object) => ({ behaviours: { odd: { steps: [], ...behaviour } } });

test.each<[string, object, string]>([
  ['no name', { name: undefined }, 'name: Invalid input: expected string, received undefined'],
  ['another name than the file’s', { name: 'else' }, 'name: must be that of the file'],
  ['a name of capitals', { name: 'Made_Up' }, 'name: a name is of small letters, digits and hyphens'],
  ['no schema', { $schema: undefined }, '$schema: Invalid input: expected "./scenario.schema.json"'],
  ['an unknown field', { speed: 3 }, 'Unrecognized key: "speed"'],
  [
    'a service that there is not',
    { services: ['self-destruct'] },
    'services.0: Invalid option: expected one of',
  ],
  ['a generation that there is not', { generations: ['5g'] }, 'generations.0: Invalid option'],
  ['a status that there is not', { statuses: ['HONKING'] }, 'statuses.0: Invalid option'],
  ['no status', { statuses: [] }, 'statuses: Too small'],
  [
    'a state that no answer has',
    behaving({ steps: [{ afterMs: 0, state: 'EXECUTD' }] }),
    'behaviours.odd.steps.0.state: Invalid option',
  ],
  [
    'a report that there is not',
    behaving({ steps: [{ afterMs: 0, report: 'boredom' }] }),
    'behaviours.odd.steps.0.report: Invalid option',
  ],
  [
    'a delay that is none',
    behaving({ steps: [{ afterMs: 'soon', state: 'EXECUTED' }] }),
    'behaviours.odd.steps.0.afterMs: a delay is a number of milliseconds, ',
  ],
  [
    'too many copies',
    behaving({ steps: [{ afterMs: 0, garbage: '', copies: 11 }] }),
    'behaviours.odd.steps.0.copies: Too big',
  ],
  [
    'two things at once',
    behaving({ steps: [{ afterMs: 0, garbage: '', state: 'EXECUTED' }] }),
    'behaviours.odd.steps.0: Unrecognized key',
  ],
  [
    'a sleep that no VIN can tell',
    behaving({ sleeps: { wakesAfterSeconds: 100 } }),
    'behaviours.odd.sleeps.wakesAfterSeconds: Too big',
  ],
  [
    'a vehicle with a VIN of its own',
    behaving({ vehicle: { vin: 'WBA11AA0N00000001' } }),
    'behaviours.odd.vehicle: Unrecognized key: "vin"',
  ],
  [
    'an end that there is not',
    { expect: { PENDING: { end: 'PERHAPS', history: [] } } },
    'expect.PENDING.end: Invalid discriminator value',
  ],
  [
    'a failure without a reason',
    { expect: { PENDING: { end: 'FAILED', history: [] } } },
    'expect.PENDING.reason: Invalid option',
  ],
  [
    'a history that is no list of entries',
    { expect: { PENDING: { end: 'EXECUTED', history: ['EXECUTED'] } } },
    'expect.PENDING.history.0: Invalid input: expected object, received string',
  ],
])('a file with %s is refused: the place is named', (_, changes, fault) => {
  const read = () => readScenario('made-up.json', { ...scenario(), ...changes });
  expect(read).toThrow('made-up.json: ');
  expect(read).toThrow(fault);
});
