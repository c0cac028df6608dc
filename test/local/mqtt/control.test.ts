import { expect, it, vi } from 'vitest';
import { createVehiclesControl } from '../../../local/mqtt/control.ts';
import { VIN } from '../../factories.ts';
import { API_ANSWER, serve } from '../beside.ts';

async function start() {
  const reach = vi.fn();
  const connections = { stateOf: (vin: string) => (vin === VIN ? ('online' as const) : undefined) };
  const control = createVehiclesControl({ vins: new Set([VIN, 'SLEEPER']), fleet: { reach }, connections });
  const origin = await serve(async () => control);
  const put = (vin: string, body: string) =>
    fetch(`${origin}/local-stage/vehicles/${vin}`, { method: 'PUT', body });
  return { reach, put, origin };
}

it('a vehicle is cut off and let back', async () => {
  const { reach, put } = await start();
  expect((await put(VIN, '{"connected":false}')).status).toBe(202);
  expect((await put(VIN, '{"connected":true}')).status).toBe(202);
  expect(reach.mock.calls).toEqual([
    [VIN, false],
    [VIN, true],
  ]);
});

it('a vehicle says whether it is connected', async () => {
  const { origin } = await start();
  const read = async (vin: string) => (await fetch(`${origin}/local-stage/vehicles/${vin}`)).json();
  expect(await read(VIN)).toEqual({ connection: 'online' });
  expect(await read('SLEEPER')).toEqual({ connection: null });
});

it('everything else is refused, or left to others', async () => {
  const { reach, put, origin } = await start();
  expect((await put('WBA99AA0N00000001', '{"connected":false}')).status).toBe(404);
  expect((await put(VIN, '{"connected":"no"}')).status).toBe(400);
  expect((await put(VIN, '{')).status).toBe(400);
  expect((await fetch(`${origin}/local-stage/vehicles/${VIN}`, { method: 'DELETE' })).status).toBe(405);
  expect(await (await fetch(`${origin}/local-stage/vehicles`)).text()).toBe(API_ANSWER);
  expect(reach).not.toHaveBeenCalled();
});
