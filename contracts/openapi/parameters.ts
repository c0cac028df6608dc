import * as z from 'zod';
import { Vin } from '../../functions/event/event.ts';
import { CORRELATION_ID, EVENT_ID, VIN } from '../samples.ts';

/** Each is written once, as a component of its name. */
interface Parameter {
  readonly name: string;
  readonly in: 'header' | 'path' | 'query';
  readonly description: string;
  readonly example?: string | number;
}

const parameter = <Schema extends z.ZodType>(schema: Schema, param: Parameter) =>
  schema.meta({ param: { ...param, id: param.name } });

const VIN_EXAMPLE = 'The vehicle: 17 capital letters and digits, without I, O and Q.';

export const bmwVin = parameter(Vin, {
  name: 'bmw-vin',
  in: 'header',
  description: VIN_EXAMPLE,
  example: VIN,
});

/** By the names in braces. */
const IN_PATHS: Readonly<Record<string, z.ZodType>> = {
  vin: parameter(Vin, { name: 'vin', in: 'path', description: VIN_EXAMPLE, example: VIN }),
  gcid: parameter(z.string(), {
    name: 'gcid',
    in: 'path',
    description: 'Not looked at: the token alone says who the user is.',
    example: 'me',
  }),
};

/** @throws Error for a path whose parameter nobody has described */
export const parametersIn = (path: string): z.ZodType[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const described = IN_PATHS[name];
    if (described === undefined) throw new Error(`The path parameter ${name} is not described`);
    return described;
  });

export const eventId = parameter(z.uuid(), {
  name: 'eventId',
  in: 'query',
  description: 'The command, as the answer to its request says.',
  example: EVENT_ID,
});

export const before = parameter(z.string().optional(), {
  name: 'before',
  in: 'query',
  description: 'The page behind this one: `before` of the page that was answered last.',
});

/** The observer's position; the answer does not depend on it. */
const observer = (name: 'latitude' | 'longitude', limit: number, example: number) =>
  parameter(z.number().min(-limit).max(limit), {
    name,
    in: 'header',
    description: 'Where the user is, in decimal degrees.',
    example,
  });
export const observersPosition = [observer('latitude', 90, 48.137154), observer('longitude', 180, 11.576124)];

const sent = (name: string, description: string, example: string) =>
  parameter(z.string().optional(), { name, in: 'header', description, example });

const NOT_LOOKED_AT = 'Apps send it; it is not looked at.';

/** OpenAPI has `accept`, `content-type` and `authorization` elsewhere, and ignores them as parameters. */
export const SENT_BY_APPS = [
  sent(
    'x-correlation-id',
    'Drawn for each command, and sent again only when a request is retried; see «Retries». It is logged, and comes back with the answer to a command. Only the first 100 characters come back.',
    CORRELATION_ID,
  ),
  sent('bmw-correlation-id', 'The same as `x-correlation-id`. Not looked at.', CORRELATION_ID),
  sent('bmw-session-id', NOT_LOOKED_AT, '1c8f7b52-6f0e-4a51-9d6b-2e7c1a90b3d4'),
  sent('x-identity-provider', NOT_LOOKED_AT, 'gcdm'),
  sent('x-user-agent', NOT_LOOKED_AT, 'android(AP2A.240605.024);bmw;5.2.1(10000);row'),
  sent(
    'user-agent',
    'Apps send it. Where there is a firewall, it blocks requests without.',
    'Dart/3.3 (dart:io)',
  ),
  sent('accept-language', NOT_LOOKED_AT, 'en-GB'),
];
