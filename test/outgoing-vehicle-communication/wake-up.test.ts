import { expect, test } from 'vitest';
import { WakeUpCall, wakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { EVENT_ID, eventOf, VIN } from '../factories.ts';

test.each(GENERATIONS)('a vehicle of generation $name is called by its channel', ({ name, wakeUp }) => {
  const call = wakeUpCall(eventOf('PENDING', { data: { generation: name } }));
  expect(call).toEqual({ clientid: VIN, channel: wakeUp.channel, reference: EVENT_ID });
  expect(WakeUpCall.parse(call)).toEqual(call);
});

test('the younger ones by data, the older ones by text message', () => {
  const channels = GENERATIONS.map(({ name }) => {
    const { channel } = wakeUpCall(eventOf('PENDING', { data: { generation: name } }));
    return [name, channel];
  });
  expect(Object.fromEntries(channels)).toEqual({
    'http-2013': 'SMS',
    'mqtt-2018': 'SMS',
    'mqtt-2021': 'UDP',
  });
});
