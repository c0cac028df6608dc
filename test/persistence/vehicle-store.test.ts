import { expect, test } from 'vitest';
import { vehicleStore } from '../../functions/persistence/vehicle-store.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { VIN, vehicle } from '../factories.ts';
import { realTables } from './tables.ts';

const open = realTables();

test('a vehicle is found by its VIN', async () => {
  const { dynamoDb, vehiclesTable, putVehicle } = await open();
  await putVehicle(vehicle());
  await putVehicle(vehicle({ vin: 'WBA11AA0N00000002', capabilities: [] }));
  const find = vehicleStore(dynamoDb, vehiclesTable);
  expect(await find(VIN)).toEqual(vehicle());
  expect(await find('WBA11AA0N00000002')).toEqual(vehicle({ vin: 'WBA11AA0N00000002', capabilities: [] }));
  expect(await find('WBA11AA0N00000003')).toBeUndefined();
});

test.each(GENERATIONS)('a vehicle may be of $name', async ({ name }) => {
  const { dynamoDb, vehiclesTable, putVehicle } = await open();
  await putVehicle(vehicle({ generation: name }));
  expect(await vehicleStore(dynamoDb, vehiclesTable)(VIN)).toEqual(vehicle({ generation: name }));
});

test.each([
  ['a generation that nobody knows', { generation: 'mqtt-2031' }, /generation/],
  ['no owner', { owner: '' }, /owner/],
  ['another brand', { brand: 'vw' }, /brand/],
  ['a country in words', { country: 'Germany' }, /country/],
])('a vehicle with %s is an error', async (_what, fault, where) => {
  const { dynamoDb, vehiclesTable, putVehicle } = await open();
  await putVehicle({ ...vehicle(), ...fault });
  await expect(vehicleStore(dynamoDb, vehiclesTable)(VIN)).rejects.toThrow(where);
});

test('a record that is no vehicle is an error, not half a vehicle', async () => {
  const { dynamoDb, vehiclesTable, putVehicle } = await open();
  await putVehicle({ vin: VIN, model: 'iX3' });
  await expect(vehicleStore(dynamoDb, vehiclesTable)(VIN)).rejects.toThrow(/capabilities/);
});
