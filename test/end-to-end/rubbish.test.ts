import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trigger } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

const HORN = '/eadrax-vrccs/v4/presentation/remote-commands/horn-blow';
const [VIN = ''] = vehicles('normal').take();
const JSON_TYPE = { 'content-type': 'application/json' };

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
}, 60_000);
afterAll(() => stage?.stop());

interface Rubbish {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | null;
}

const horn = (rubbish: Rubbish): Required<Rubbish> => ({
  method: 'POST',
  path: HORN,
  headers: { ...JSON_TYPE, 'bmw-vin': VIN },
  body: '{}',
  ...rubbish,
});

/** Raw, because fetch corrects what a client may do wrong. */
function send({ method, path, headers, body }: Required<Rubbish>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const authorization = `Bearer ${stage.app.token}`;
    const call = httpRequest(
      `${stage.url}${path}`,
      { method, headers: { authorization, ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    call.on('error', reject);
    call.end(body ?? undefined);
  });
}

describe('rubbish gets a 4xx in the interface’s shape', () => {
  it.each<[string, Rubbish, number]>([
    ['no body', { body: null }, 400],
    ['no JSON', { body: '{horn' }, 400],
    ['JSON of another kind', { body: '[]' }, 400],
    ['null', { body: 'null' }, 400],
    ['an unknown field', { body: '{"loud":true}' }, 400],
    [
      'fields that imitate the workflow’s input',
      { body: '{"vin":"X","serviceType":"door-unlock","requestedAt":0}' },
      400,
    ],
    ['a body of 1 MB', { body: JSON.stringify({ text: 'x'.repeat(1_000_000) }) }, 400],
    ['a body of 11 MB', { body: 'x'.repeat(11_000_000) }, 413],
    ['another content type', { headers: { 'content-type': 'text/plain', 'bmw-vin': VIN } }, 415],
    ['no VIN', { headers: JSON_TYPE }, 400],
    ['a short VIN', { headers: { ...JSON_TYPE, 'bmw-vin': 'WBA' } }, 400],
    ['a VIN that breaks out of a string', { headers: { ...JSON_TYPE, 'bmw-vin': '","vin":"' } }, 400],
    ['a VIN with quotes and backslashes', { headers: { ...JSON_TYPE, 'bmw-vin': `'\\"\\\\'$!{x}` } }, 400],
    ['a VIN that nobody has', { headers: { ...JSON_TYPE, 'bmw-vin': 'WBA99ZZ0Z00000000' } }, 404],
    ['a huge header', { headers: { ...JSON_TYPE, 'bmw-vin': VIN, 'x-huge': 'h'.repeat(12_000) } }, 400],
    ['an enormous header', { headers: { ...JSON_TYPE, 'bmw-vin': VIN, 'x-huge': 'h'.repeat(80_000) } }, 400],
    ['an unknown service', { path: HORN.replace('horn-blow', 'self-destruct') }, 404],
    ['a path of its own', { path: '/' }, 404],
    ['the wrong method', { method: 'PUT' }, 404],
    ['a GET', { method: 'GET', body: null }, 404],
    [
      'a poll without a command',
      { path: '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus', body: null },
      400,
    ],
    [
      'a poll for nonsense',
      { path: '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus?eventId=%22%7D', body: null },
      404,
    ],
  ])('%s', async (_, rubbish, expected) => {
    const { status, text } = await send(horn(rubbish));
    expect({ status, text }).toMatchObject({ status: expected });
    const body = JSON.parse(text);
    expect(body).toMatchObject({ statusCode: expected, message: expect.stringMatching(/\S/) });
  });

  it('and nothing of it reached the vehicle or took its lease', async () => {
    expect(await stage.scan('LeasesTable')).toEqual([]);
    expect(stage.deadLetters()).toEqual([]);
    // A command that is fine is the vehicle's first.
    const fine = await trigger(stage.app, VIN);
    expect(fine.status).toBe(202);
  });
});
