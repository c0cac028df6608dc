import * as z from 'zod';
import { Vin } from '../event/event.ts';
import type { RemoteService } from './remote-service.ts';

/**
 * Apps send more than they document, so unknown fields are taken to the vehicle, but bounded: no text that is
 * long, and nothing that nests.
 */
const Scalar = z.union([z.string().max(1000), z.number(), z.boolean(), z.null()]);
const open = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).catchall(Scalar);

const Text = z.string().max(1000).nullish();

const GeoPosition = open({
  lat: z.number().min(-90).max(90),
  lng: z.number().min(-180).max(180),
});

const Place = open({
  formattedAddress: Text,
  placeType: Text,
  title: Text,
  provider: Text,
  providerId: Text,
  providerPoiId: Text,
  sourceType: Text,
  vehicleCategoryId: Text,
  position: GeoPosition,
  address: open({ street: Text, postalCode: Text, city: Text, country: Text }).nullish(),
  category: open({}).nullish(),
  entrances: z
    .array(open({ position: GeoPosition.nullish() }))
    .max(20)
    .nullish(),
});

const SendToCar = open({
  places: z.array(Place).min(1).max(10),
  vehicleInformation: open({ vin: Vin }),
});

/** A destination for the navigation system: it is still wanted when the car wakes up a little later. */
export const sendToCar: RemoteService = {
  serviceType: 'send-to-car',
  summary: 'Send a point of interest to the navigation system',
  trigger: { path: '/eadrax-dcs/v2/user/{gcid}/send-to-car', vin: 'body' },
  request: SendToCar,
  example: {
    places: [
      {
        formattedAddress: 'Am Olympiapark 1, 80809 München, Germany',
        placeType: 'ADDRESS',
        title: 'BMW Welt',
        provider: 'external',
        providerId: null,
        providerPoiId: null,
        sourceType: null,
        vehicleCategoryId: null,
        position: { lat: 48.177024, lng: 11.559107 },
        address: { street: 'Am Olympiapark 1', postalCode: '80809', city: 'München', country: 'Germany' },
        category: { losCategory: 'Address', name: 'Address' },
        entrances: [],
      },
    ],
    vehicleInformation: { vin: 'WBA11AA0N00000001' },
  },
  rules: (body, { generation }) =>
    generation === 'http-2013' && SendToCar.parse(body).places.length > 1
      ? 'This vehicle takes one place at a time.'
      : undefined,
  capability: 'send-to-car',
  deliverySeconds: 60,
  longestExpectedSeconds: { CREATED: 10, PENDING: 65, RUNNING: 60 },
  vehicleService: 'SEND_TO_CAR',
  parameters: ({ places = [] }) => ({ places }),
  followUp: 'NOTHING',
};
