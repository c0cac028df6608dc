import { expect, test } from 'vitest';
import { vehicleStore } from '../../functions/persistence/vehicle-store.ts';
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

test('a record that is no vehicle is an error, not half a vehicle', async () => {
  const { dynamoDb, vehiclesTable, putVehicle } = await open();
  await putVehicle({ vin: VIN, model: 'iX3' });
  await expect(vehicleStore(dynamoDb, vehiclesTable)(VIN)).rejects.toThrow(/capabilities/);
});
