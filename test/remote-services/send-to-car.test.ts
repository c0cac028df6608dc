import { describe, expect, test } from 'vitest';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { VIN, vehicle } from '../factories.ts';

const { request, rules, parameters } = remoteService('send-to-car');
type Body = Parameters<NonNullable<typeof parameters>>[0];
const position = { lat: 48.177024, lng: 11.559107 };

interface Changes {
  readonly body?: Record<string, unknown>;
  readonly vehicle?: Record<string, unknown>;
  readonly place?: Record<string, unknown>;
}
const body = ({ body, vehicle, place }: Changes) => ({
  places: [{ title: 'BMW Welt', position, ...place }],
  vehicleInformation: { vin: VIN, ...vehicle },
  ...body,
});
const accepts = (changes: Changes): boolean => request.safeParse(body(changes)).success;
const places = (count: number) => Array.from({ length: count }, () => ({ position }));

test('a place is a position; all else may be missing or null', () => {
  expect(accepts({ body: { places: [{ position }] } })).toBe(true);
  const nothing = { formattedAddress: null, title: null, address: null, category: null, entrances: null };
  expect(accepts({ place: nothing })).toBe(true);
  expect(accepts({ place: { position: undefined } })).toBe(false);
  expect(accepts({ place: { position: null } })).toBe(false);
});

describe('fields that nobody documents', () => {
  const anywhere = (field: unknown): Record<string, Changes> => ({
    'the body': { body: { other: field } },
    'the vehicle': { vehicle: { other: field } },
    'a place': { place: { other: field } },
    'a position': { place: { position: { ...position, other: field } } },
    'an address': { place: { address: { other: field } } },
    'a category': { place: { category: { other: field } } },
    'an entrance': { place: { entrances: [{ other: field }] } },
    'an entrance’s position': { place: { entrances: [{ position: { ...position, other: field } }] } },
  });

  test.each([['text'], ['x'.repeat(1000)], [''], [0], [-1.5], [true], [false], [null]])(
    'pass everywhere: %j',
    (field) => {
      for (const [where, changes] of Object.entries(anywhere(field))) {
        expect(accepts(changes), where).toBe(true);
        expect(request.parse(body(changes)), where).toEqual(body(changes));
      }
    },
  );

  test.each([[{}], [[]], [['text']], [{ deep: { deeper: 1 } }], ['x'.repeat(1001)]])(
    'are refused everywhere: %j',
    (field) => {
      for (const [where, changes] of Object.entries(anywhere(field))) {
        expect(accepts(changes), where).toBe(false);
      }
    },
  );
});

describe('the bounds', () => {
  test.each<[string, boolean, Changes]>([
    ['no place', false, { body: { places: [] } }],
    ['ten places', true, { body: { places: places(10) } }],
    ['eleven places', false, { body: { places: places(11) } }],
    ['20 entrances', true, { place: { entrances: places(20) } }],
    ['21 entrances', false, { place: { entrances: places(21) } }],
    ['an entrance without a position', true, { place: { entrances: [{ position: null }] } }],
    ['a title of 1000 characters', true, { place: { title: 'x'.repeat(1000) } }],
    ['a title of 1001 characters', false, { place: { title: 'x'.repeat(1001) } }],
    ['a title that is a number', false, { place: { title: 1 } }],
    ['a street of 1001 characters', false, { place: { address: { street: 'x'.repeat(1001) } } }],
    ['a street that is a number', false, { place: { address: { street: 1 } } }],
    ['an address as text', false, { place: { address: 'Am Olympiapark 1' } }],
    ['an entrance as text', false, { place: { entrances: ['left'] } }],
    ['the corners of the world', true, { place: { position: { lat: -90, lng: 180 } } }],
    ['a pole and more', false, { place: { position: { lat: 90.001, lng: 0 } } }],
    ['more than around the world', false, { place: { position: { lat: 0, lng: -180.001 } } }],
    ['a position without longitude', false, { place: { position: { lat: 0 } } }],
    ['a position as text', false, { place: { position: { lat: '48', lng: '11' } } }],
  ])('%s is valid: %s', (_what, valid, changes) => {
    expect(accepts(changes)).toBe(valid);
  });
});

test.each([
  ['http-2013', 1],
  ['mqtt-2018', 10],
  ['mqtt-2021', 10],
])('%s takes at most %d at a time', (generation, most) => {
  for (let count = 1; count <= 10; count += 1) {
    const several = request.parse(body({ body: { places: places(count) } })) as Body;
    const refusal = count > most ? 'This vehicle takes one place at a time.' : undefined;
    expect(rules?.(several, vehicle({ generation }))).toBe(refusal);
  }
});

test('the vehicle is told the places as they came, and nothing of the request around them', () => {
  const sent = request.parse(body({ body: { other: 1 }, place: { rating: 5 } })) as Body;
  expect(parameters?.(sent)).toEqual({ places: [{ title: 'BMW Welt', position, rating: 5 }] });
});
