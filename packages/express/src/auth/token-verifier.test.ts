import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { serve } from '../../test/serve.ts';
import { forged, inSeconds, ORDERS, SECRET, token } from '../../test/tokens.ts';
import { Refused } from '../problem.ts';
import { tokenRights } from './token-rights.ts';
import { type TokenOptions, tokenVerifier } from './token-verifier.ts';

const errors: unknown[] = [];
const verifier = (options: TokenOptions) => tokenVerifier(options, (error) => errors.push(error));
const bySecret = verifier({ secret: SECRET });
const refusal = async (rights: Promise<unknown>): Promise<unknown> => {
  const error = await rights.catch((reason: unknown) => reason);
  return error instanceof Refused ? [error.problem.status, error.problem.detail] : error;
};
const untrusted = [401, 'Expected a token that this server trusts'];
const spki = (type: 'rsa' | 'ec' | 'ed25519'): { publicKey: string; privateKey: string } =>
  generateKeyPairSync(
    type as 'rsa',
    {
      modulusLength: 2_048,
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    } as never,
  ) as never;

describe('a token', () => {
  test('that is right gives the rights of its claims', async () => {
    expect(await bySecret(await token(ORDERS, { exp: 4_102_444_800 }))).toEqual({
      user: 'ann',
      tokenId: 'token-1',
      expiresAt: 4_102_444_800_000,
      subscribe: ['orders.**'],
      publish: ['orders.**'],
      admin: true,
    });
  });

  test('without claims of ours gives no rights at all', async () => {
    expect(await bySecret(await token({}))).toMatchObject({ subscribe: [], publish: [], admin: false });
  });

  test.each<[string, unknown, string]>([
    ['subscribe', { subscribe: 'orders.**' }, 'the claim `sse.subscribe` to be a list of topic patterns'],
    ['a pattern', { publish: ['orders..x'] }, 'the claim `sse.publish` to be a list of topic patterns'],
    ['too many', { subscribe: Array.from({ length: 101 }, (_, n) => `t${n}`) }, 'the claim `sse.subscribe`'],
    ['admin', { admin: 'yes' }, 'the claim `sse.admin` to be a boolean'],
    ['sse', 'all', 'the claim `sse` to be an object'],
  ])('with a malformed claim (%s) is refused as a whole', async (_, sse, expected) => {
    const text = await token({ sse } as never);
    expect(await refusal(bySecret(text))).toEqual([401, expect.stringContaining(`Expected ${expected}`)]);
  });

  test.each([Infinity, -Infinity, Number.NaN, 1e15, undefined])('whose `exp` is %s is refused', (exp) => {
    expect(() => tokenRights({ exp } as never)).toThrow(/^Expected the claim `exp`/);
  });

  test.each<[string, () => string | Promise<string>, unknown]>([
    ['no JWT', () => 'guess', untrusted],
    ['an empty one', () => '', untrusted],
    ['`alg` none', () => forged({ alg: 'none' }, { exp: inSeconds(60), ...ORDERS }), untrusted],
    ['`alg` nOnE', () => forged({ alg: 'nOnE' }, { exp: inSeconds(60), ...ORDERS }), untrusted],
    ['another secret', () => token(ORDERS, { key: SECRET.toUpperCase() }), untrusted],
    ['another HS', () => token(ORDERS, { alg: 'HS512' }), untrusted],
    ['a cut signature', async () => (await token(ORDERS)).slice(0, -4), untrusted],
    ['no `exp`', () => token(ORDERS, { exp: null }), [401, 'Expected another `exp` in the token']],
    [
      'an old `exp`',
      () => token(ORDERS, { exp: inSeconds(-10) }),
      [401, 'Expected a token that has not expired'],
    ],
    [
      'a later `nbf`',
      () => token({ ...ORDERS, nbf: inSeconds(30) }),
      [401, 'Expected another `nbf` in the token'],
    ],
    ['an unknown `crit`', () => forged({ alg: 'HS256', crit: ['x'], x: 1 }, ORDERS, 'AAAA'), untrusted],
    ['too many bytes', () => 'x'.repeat(8_193), [401, 'Expected a token of at most 8192 bytes']],
  ])('with %s is refused', async (_, make, expected) => {
    expect(await refusal(bySecret(await make()))).toEqual(expected);
  });

  test('a few seconds late is still good: clocks differ', async () => {
    expect(await bySecret(await token(ORDERS, { exp: inSeconds(-2) }))).toMatchObject({ user: 'ann' });
    const exact = verifier({ secret: SECRET, clockToleranceMs: 0 });
    expect(await refusal(exact(await token(ORDERS, { exp: inSeconds(-2) })))).toMatchObject([401, {}]);
  });

  test('has to be of the issuer and for the audience, where these are set', async () => {
    const strict = verifier({ secret: SECRET, issuer: 'https://id.example.com', audience: ['hub', 'hub-2'] });
    const right = { ...ORDERS, iss: 'https://id.example.com', aud: 'hub' };
    expect(await strict(await token(right))).toMatchObject({ user: 'ann' });
    for (const [claim, value] of [
      ['iss', 'https://id.example.com.evil'],
      ['iss', undefined],
      ['aud', 'other'],
      ['aud', undefined],
    ] as const)
      expect(await refusal(strict(await token({ ...right, [claim]: value } as never)))).toEqual([
        401,
        `Expected another \`${claim}\` in the token`,
      ]);
  });
});

describe('a public key', () => {
  test('is no secret: a token signed with its text is refused (algorithm confusion)', async () => {
    const { publicKey } = spki('rsa');
    const head = forged({ alg: 'HS256' }, { exp: inSeconds(60), ...ORDERS }).slice(0, -1);
    const signature = createHmac('sha256', publicKey).update(head).digest('base64url');
    expect(await refusal(verifier({ publicKey })(`${head}.${signature}`))).toEqual(untrusted);
  });

  test.each(['RS256', 'ES256', 'EdDSA'])('verifies %s, as PEM and as JWK', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const { createPublicKey } = await import('node:crypto');
    const jwk = await exportJWK(publicKey);
    const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const text = await token(ORDERS, { key: privateKey, alg });
    for (const key of [String(pem), jwk as never])
      expect(await verifier({ publicKey: key })(text)).toMatchObject({ user: 'ann' });
  });

  test.each<[string, TokenOptions, RegExp]>([
    ['no source', {}, /exactly one of `secret`, `publicKey` and `jwksUrl`, got 0/],
    ['two sources', { secret: SECRET, jwksUrl: 'https://x' }, /exactly one of .*, got 2/],
    ['a short secret', { secret: 'x'.repeat(31) }, /`secret` to be at least 32 bytes for HS256, got 31/],
    ['a secret too short for HS512', { secret: SECRET, algorithms: ['HS512'] }, /at least 64 bytes/],
    ['a PEM as secret', { secret: ` \n${spki('rsa').publicKey}` }, /`secret` to be a secret/],
    [
      'a JWK as secret',
      { secret: JSON.stringify({ kty: 'oct', k: 'x'.repeat(60) }) },
      /`secret` to be a secret/,
    ],
    [
      'HS256 for a key',
      { publicKey: spki('ec').publicKey, algorithms: ['HS256'] },
      /some of ES256, got HS256/,
    ],
    ['HS256 for a set', { jwksUrl: 'https://x', algorithms: ['HS256'] }, /some of RS256.*, got HS256/],
    ['none', { secret: SECRET, algorithms: ['none'] }, /some of HS256, HS384, HS512, got none/],
    ['no algorithms', { secret: SECRET, algorithms: [] }, /got none/],
    ['a private key', { publicKey: spki('rsa').privateKey }, /to be a public key, got a private/],
    ['no key', { publicKey: 'key' }, /public key as PEM or JWK/],
    ['a set without TLS', { jwksUrl: 'http://id.example.com/jwks' }, /an https URL/],
    ['a bound of 0', { secret: SECRET, maxTokenBytes: 0 }, /`maxTokenBytes` to be an integer of at least 1/],
  ])('%s is refused at the start', (_, options, message) => {
    expect(() => verifier(options)).toThrow(message);
  });

  test('of 1024 bits is refused at the start', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
    const publicKey = String(weak.export({ type: 'spki', format: 'pem' }));
    expect(() => verifier({ publicKey })).toThrow(/RSA of at least 2048 bits/);
  });
});

describe('a set of keys', () => {
  test('is asked for once, and a token of an unknown key does not make it be asked again', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    let asked = 0;
    const { port } = await serve(async (_, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }));
    });
    const verify = verifier({ jwksUrl: `http://127.0.0.1:${port}/jwks` });
    const options = { key: privateKey, alg: 'ES256' };
    for (let n = 0; n < 5; n++)
      expect(await verify(await token(ORDERS, { ...options, kid: 'one' }))).toMatchObject({ user: 'ann' });
    for (let n = 0; n < 5; n++)
      expect(await refusal(verify(await token(ORDERS, { ...options, kid: `k${n}` })))).toEqual(untrusted);
    expect(asked).toBe(1);
  });

  test.each<[string, (response: import('node:http').ServerResponse) => void]>([
    ['is down', (response) => response.writeHead(500).end()],
    ['is endless', (response) => response.end('x'.repeat(300_000))],
    ['redirects', (response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()],
  ])('that %s is no fault of the token: 503, and told', async (_, answer) => {
    const { port } = await serve((__, response) => answer(response));
    const verify = verifier({ jwksUrl: `http://127.0.0.1:${port}/` });
    errors.length = 0;
    const { privateKey } = await generateKeyPair('ES256');
    const text = await token(ORDERS, { key: privateKey, alg: 'ES256' });
    expect(await refusal(verify(text))).toMatchObject([503, expect.stringContaining('cannot be had')]);
    expect(errors).toHaveLength(1);
  });
});
