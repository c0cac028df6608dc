import { generateKeyPairSync } from 'node:crypto';
import { WaitPeriodNotYetEndedJwkError } from 'aws-jwt-verify/error';
import fc from 'fast-check';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { TokenRefused } from '../../functions/event-creation/authorize/authorize.ts';
import { tokenVerifier } from '../../functions/event-creation/authorize/token-verifier.ts';
import { startPeer } from '../peer.ts';

const AUDIENCE = 'remote-vehicle-services';
const KID = 'key-1';
const DISCOVERY = '/.well-known/openid-configuration';
const KEYS = '/keys';

const own = await generateKeyPair('RS256', { extractable: true });
const other = await generateKeyPair('RS256', { extractable: true });
const publicJwk = await exportJWK(own.publicKey);

/** An identity provider; a test changes what it answers. */
interface Issuer {
  readonly url: string;
  /** By path. */
  readonly answers: Map<string, unknown>;
  /** The paths that it was asked for, in order. */
  readonly asked: string[];
}

let issuer: Issuer;
beforeEach(async () => {
  const answers = new Map<string, unknown>();
  const asked: string[] = [];
  const { url } = await startPeer(({ url: path = '' }, response) => {
    asked.push(path);
    const answer = answers.get(path);
    if (answer === undefined) response.writeHead(503).end('down');
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  const { origin } = new URL(url);
  issuer = { url: origin, answers, asked };
  answers.set(DISCOVERY, { issuer: origin, jwks_uri: origin + KEYS });
  publish({ ...publicJwk, kid: KID, use: 'sig', alg: 'RS256' });
});

const publish = (...keys: JWK[]) => issuer.answers.set(KEYS, { keys });
const verifier = () => tokenVerifier({ issuer: issuer.url, audience: AUDIENCE });
const now = () => Math.floor(Date.now() / 1000);

/** Claims of a token of the issuer; those that are `undefined` are left out. */
const claims = (changes: JWTPayload = {}): JWTPayload => ({
  iss: issuer.url,
  aud: AUDIENCE,
  sub: 'demo',
  client_id: 'my-app',
  iat: now(),
  exp: now() + 3600,
  ...changes,
});

/** Signed with the issuer's key, unless told otherwise. */
const token = (
  changes: JWTPayload = {},
  header: Partial<JWTHeaderParameters> = {},
  key: Parameters<SignJWT['sign']>[0] = own.privateKey,
): Promise<string> =>
  new SignJWT(claims(changes))
    .setProtectedHeader({ alg: 'RS256', kid: KID, typ: 'at+jwt', ...header })
    .sign(key);

test('a valid token says who the user is, and which app', async () => {
  expect(await verifier()(await token())).toEqual({ user: 'demo', client: 'my-app' });
});

test.each([
  ['azp', { client_id: undefined, azp: 'old-app' }, 'old-app'],
  ['client_id before azp', { azp: 'old-app' }, 'my-app'],
  ['nothing', { client_id: undefined }, undefined],
])('the app is named by %s', async (_what, changes, client) => {
  expect(await verifier()(await token(changes))).toEqual({ user: 'demo', client });
});

test('a token may be for several audiences, and be valid from now on', async () => {
  const changes = { aud: ['others', AUDIENCE], nbf: now() - 1 };
  expect(await verifier()(await token(changes))).toMatchObject({ user: 'demo' });
});

describe.each([
  ['/', DISCOVERY],
  ['/realms/one', `/realms/one${DISCOVERY}`],
  ['/realms/one/', `/realms/one${DISCOVERY}`],
])('an issuer whose URL goes on with %s', (path, discovery) => {
  const issuedBy = () => `${issuer.url}${path}`;
  const verifierOf = () => tokenVerifier({ issuer: issuedBy(), audience: AUDIENCE });
  const describesItselfAs = (url: string) =>
    issuer.answers.set(discovery, { issuer: url, jwks_uri: issuer.url + KEYS });

  test('is asked without a double slash; its tokens are those that name it to the letter', async () => {
    describesItselfAs(issuedBy());
    const verify = verifierOf();
    expect(await verify(await token({ iss: issuedBy() }))).toMatchObject({ user: 'demo' });
    expect(issuer.asked).toEqual([discovery, KEYS]);
    const trimmed = issuedBy().replace(/\/$/, '');
    for (const iss of [issuer.url, trimmed, `${trimmed}/`, `${trimmed}//`].filter((x) => x !== issuedBy())) {
      await expect(verify(await token({ iss }))).rejects.toThrow(TokenRefused);
    }
  });

  test('is another one if it does not call itself that', async () => {
    describesItselfAs(path.endsWith('/') ? issuedBy().slice(0, -1) : `${issuedBy()}/`);
    await expect(verifierOf()(await token({ iss: issuedBy() }))).rejects.toThrow(/says that it is/);
  });
});

describe('a token is refused', () => {
  test.each<[string, () => JWTPayload]>([
    ['that has expired', () => ({ exp: now() - 60 })],
    ['that never expires', () => ({ exp: undefined })],
    ['that is not valid yet', () => ({ nbf: now() + 60 })],
    ['of another issuer', () => ({ iss: 'https://other.example' })],
    ['of an issuer that goes on', () => ({ iss: `${issuer.url}/` })],
    ['of no issuer', () => ({ iss: undefined })],
    ['for another audience', () => ({ aud: 'others' })],
    ['for several others', () => ({ aud: ['others', `${AUDIENCE}2`] })],
    ['for nobody', () => ({ aud: undefined })],
    ['of no user', () => ({ sub: undefined })],
    ['of a user without a name', () => ({ sub: '' })],
    ['of a user whose name is endless', () => ({ sub: 'x'.repeat(201) })],
  ])('%s', async (_what, changes) => {
    await expect(verifier()(await token(changes()))).rejects.toThrow(TokenRefused);
  });

  test('that another key signed under the same name', async () => {
    await expect(verifier()(await token({}, {}, other.privateKey))).rejects.toThrow(TokenRefused);
  });

  test('that names a key which the issuer does not have, or none', async () => {
    const verify = verifier();
    await expect(verify(await token({}, { kid: 'unknown' }))).rejects.toThrow(TokenRefused);
    await expect(verify(await token({}, { kid: undefined }))).rejects.toThrow(TokenRefused);
    // All others are still let in.
    expect(await verify(await token())).toMatchObject({ user: 'demo' });
  });

  test('that was changed after it was signed', async () => {
    const [header, , signature] = (await token()).split('.');
    const forged = Buffer.from(JSON.stringify(claims({ sub: 'stranger' }))).toString('base64url');
    await expect(verifier()(`${header}.${forged}.${signature}`)).rejects.toThrow(TokenRefused);
    await expect(verifier()(`${header}.${forged}.AAAA`)).rejects.toThrow(TokenRefused);
  });

  // With keys that name their algorithm, and with keys that do not.
  describe.each([[{ alg: 'RS256' }], [{}]])('of a key with %j', (algorithm) => {
    beforeEach(() => {
      publish({ ...publicJwk, kid: KID, ...algorithm });
    });

    test('that nobody signed', async () => {
      const unsigned = new UnsecuredJWT(claims()).encode();
      await expect(verifier()(unsigned)).rejects.toThrow(TokenRefused);
      const [, payload] = unsigned.split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'none', kid: KID })).toString('base64url');
      for (const signature of ['', 'AAAA']) {
        await expect(verifier()(`${header}.${payload}.${signature}`)).rejects.toThrow(TokenRefused);
      }
    });

    test('that is signed with the public key as a secret', async () => {
      const spki = await exportSPKI(own.publicKey);
      for (const secret of [spki, spki.trimEnd(), publicJwk.n ?? '']) {
        const forged = await token({}, { alg: 'HS256' }, new TextEncoder().encode(secret));
        await expect(verifier()(forged)).rejects.toThrow(TokenRefused);
      }
    });

    test.each(['PS256', 'ES256', 'EdDSA', 'RS1', 'none', 'rs256', ''])(
      'that claims the algorithm %j',
      async (alg) => {
        const [, payload, signature] = (await token()).split('.');
        const header = Buffer.from(JSON.stringify({ alg, kid: KID })).toString('base64url');
        await expect(verifier()(`${header}.${payload}.${signature}`)).rejects.toThrow(TokenRefused);
      },
    );
  });

  test('that names a key which is not for signatures', async () => {
    const encryption = { ...publicJwk, kid: KID, use: 'enc' };
    publish(encryption);
    await expect(verifier()(await token())).rejects.toThrow(TokenRefused);
  });

  test('that is none', async () => {
    const verify = verifier();
    const part = fc.oneof(
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.string({ unit: fc.constantFrom(...'abcXYZ019-_=') }),
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await expect(verify(text)).rejects.toThrow(TokenRefused);
      }),
    );
  });
});

describe('the provider’s faults are not the token’s', () => {
  /** Fails as long as the provider does, and not as a refusal; then the same verifier lets the token in. */
  async function failsUntil(repaired: () => void) {
    const verify = verifier();
    const valid = await token();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const failure: unknown = await verify(valid).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toBeInstanceOf(TokenRefused);
    }
    repaired();
    expect(await verify(valid)).toMatchObject({ user: 'demo' });
  }

  test.each<[string, string, unknown]>([
    ['that it is down', DISCOVERY, undefined],
    ['a description that is no JSON', DISCOVERY, '<html>'],
    ['a description that is none', DISCOVERY, {}],
    [
      'a description of another issuer',
      DISCOVERY,
      { issuer: 'https://other.example', jwks_uri: 'https://x' },
    ],
    ['keys that are down', KEYS, undefined],
    ['keys that are no JSON', KEYS, '<html>'],
    ['keys that are none', KEYS, {}],
    ['a key that is none', KEYS, { keys: [{ kid: KID }] }],
  ])('%s', async (_what, path, answer) => {
    const before = issuer.answers.get(path);
    if (answer === undefined) issuer.answers.delete(path);
    else issuer.answers.set(path, answer);
    await failsUntil(() => issuer.answers.set(path, before));
  });

  test('that there is nobody', async () => {
    const verify = tokenVerifier({ issuer: 'http://127.0.0.1:1', audience: AUDIENCE });
    const failure: unknown = await verify(await token()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TypeError);
  });
});

describe('the keys', () => {
  test('are fetched once for many tokens', async () => {
    const verify = verifier();
    const tokens = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((sub) => token({ sub })));
    await Promise.all(tokens.map(verify));
    for (const one of tokens) await verify(one);
    expect(issuer.asked).toEqual([DISCOVERY, KEYS]);
  });

  test('are fetched again for a key that is new', async () => {
    const verify = verifier();
    await verify(await token());
    publish({ ...publicJwk, kid: KID }, { ...(await exportJWK(other.publicKey)), kid: 'key-2' });
    const newer = await token({ sub: 'newer' }, { kid: 'key-2' }, other.privateKey);
    expect(await verify(newer)).toMatchObject({ user: 'newer' });
    expect(await verify(await token())).toMatchObject({ user: 'demo' });
    expect(issuer.asked).toEqual([DISCOVERY, KEYS, KEYS]);
  });

  describe('are not fetched for each token that makes one up:', () => {
    const newer = (changes: JWTPayload = {}) => token(changes, { kid: 'key-2' }, other.privateKey);
    /** A verifier that has just looked for a key in vain. */
    async function verifierInVain() {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => {
        vi.useRealTimers();
      });
      const verify = verifier();
      await expect(verify(await token({}, { kid: 'a' }))).rejects.toThrow(TokenRefused);
      return verify;
    }

    test('until they may be, nothing is known about such tokens', async () => {
      const verify = await verifierInVain();
      for (const kid of ['b', 'c', 'a']) {
        const failure: unknown = await verify(await token({}, { kid })).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(WaitPeriodNotYetEndedJwkError);
        expect(failure).not.toBeInstanceOf(TokenRefused);
      }
      // What needs no key that is new is let in or refused as ever.
      expect(await verify(await token())).toMatchObject({ user: 'demo' });
      await expect(verify(await token({ exp: now() - 60 }))).rejects.toThrow(TokenRefused);
      await expect(verify(await token({}, { kid: undefined }))).rejects.toThrow(TokenRefused);
      expect(issuer.asked).toEqual([DISCOVERY, KEYS]);
    });

    test('a key that is new meanwhile is not taken for made up, and is found later', async () => {
      const verify = await verifierInVain();
      publish({ ...publicJwk, kid: KID }, { ...(await exportJWK(other.publicKey)), kid: 'key-2' });
      await expect(verify(await newer())).rejects.toThrow(WaitPeriodNotYetEndedJwkError);
      vi.advanceTimersByTime(10_000);
      expect(await verify(await newer())).toMatchObject({ user: 'demo' });
      expect(issuer.asked).toEqual([DISCOVERY, KEYS, KEYS]);
    });
  });

  test('may be of another kind', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    publish({ ...(await exportJWK(publicKey)), kid: 'ec' });
    const signed = await token({}, { alg: 'ES256', kid: 'ec' }, privateKey);
    expect(await verifier()(signed)).toMatchObject({ user: 'demo' });
  });
});
