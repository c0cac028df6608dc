import { expect, test } from 'vitest';
import { namedCommand } from '../../functions/remote-services/vehicle-payload.ts';
import { eventOf, vehicleCommand } from '../factories.ts';

test('the app’s parameters go to the vehicle', () => {
  const pending = eventOf('PENDING', { data: { payload: { action: 'START' } } });
  expect(namedCommand('CLIMATE_NOW')(pending)).toEqual(
    vehicleCommand({ service: 'CLIMATE_NOW', parameters: { action: 'START' } }),
  );
});

test('a command without a payload has no parameters', () => {
  const { payload: _, ...data } = eventOf('PENDING').data;
  expect(namedCommand('HORN_BLOW')({ ...eventOf('PENDING'), data })).toEqual(vehicleCommand());
});
