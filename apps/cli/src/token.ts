import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { SignJWT } from 'jose';
import { duration, list } from './arguments.ts';
import { Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

interface TokenOptions {
  readonly secret?: string;
  readonly keyFile?: string;
  readonly algorithm?: string;
  readonly subscribe: readonly string[];
  readonly publish: readonly string[];
  readonly admin?: boolean;
  readonly sub?: string;
  readonly expires: number;
  readonly issuer?: string;
  readonly audience?: string;
}

const HELP = `
What is not named is not given. The claims are in the section "Authorisation" of the README. Each token has a jti of its
own, by which it can be revoked.

  $ export JWT_SECRET=$(openssl rand -hex 32)                # the server's, too
  $ export SSE_TOKEN=$(sse token --subscribe 'orders.**' --publish 'orders.**' --sub ann)
  $ sse tail localhost:8000 --topics 'orders.**'
  $ sse token --admin --expires 10m
  $ sse token --key-file private.pem --algorithm ES256 --subscribe metric --expires 7d`;

export function addToken(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description('make a JWT for a hub')
    .addOption(
      new Option('--secret <secret>', 'signs by HS256, 32 bytes or more; better by the environment').env(
        'JWT_SECRET',
      ),
    )
    .option('--key-file <path>', 'signs by this private key in PEM instead')
    .option('--algorithm <name>', 'such as ES256, RS256, EdDSA (default: what fits the key)')
    .option('--subscribe <patterns>', 'topics that may be read', list, [])
    .option('--publish <patterns>', 'topics that may be published', list, [])
    .option('--admin', 'may see clients and metrics, end streams, revoke')
    .option('--sub <name>', 'who it is for')
    .option('--expires <time>', 'such as 90s, 15m, 1h, 7d', duration, 3_600)
    .option('--issuer <iss>', 'where the server checks it')
    .option('--audience <aud>', 'where the server checks it')
    .addHelpText('after', HELP)
    .action(async (options: TokenOptions) => terminal.print(await makeToken(options)));
}

async function makeToken(options: TokenOptions): Promise<string> {
  const { subscribe, publish, admin, sub, issuer, audience } = options;
  const { key, algorithm } = signingKey(options);
  const rights = { subscribe, publish, ...(admin && { admin }) };
  const jwt = new SignJWT({ sse: rights })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000) + options.expires);
  if (sub !== undefined) jwt.setSubject(sub);
  if (issuer !== undefined) jwt.setIssuer(issuer);
  if (audience !== undefined) jwt.setAudience(audience);
  return jwt.sign(key);
}

function signingKey({ secret, keyFile, algorithm }: TokenOptions): {
  readonly key: KeyObject | Uint8Array;
  readonly algorithm: string;
} {
  if (keyFile !== undefined) {
    const key = createPrivateKey(readFileSync(keyFile));
    return { key, algorithm: algorithm ?? usualAlgorithm(key) };
  }
  const bytes = Buffer.from(secret ?? '');
  if (bytes.length < 32)
    throw new Failure('Expected JWT_SECRET (or --secret, or --key-file) to be 32 bytes or more', {
      isUsage: true,
    });
  return { key: bytes, algorithm: algorithm ?? 'HS256' };
}

function usualAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  const curves: Readonly<Record<string, string>> = {
    prime256v1: 'ES256',
    secp384r1: 'ES384',
    secp521r1: 'ES512',
  };
  const algorithm = curves[asymmetricKeyDetails?.namedCurve ?? ''];
  if (algorithm === undefined)
    throw new Failure(`Expected a key of RSA, P-256, P-384, P-521 or Ed25519, got ${asymmetricKeyType}`, {
      isUsage: true,
    });
  return algorithm;
}
