import { readFileSync } from 'node:fs';
import { type SseError, sseErrorCode } from '@sse/core';
import { checkTokenOptions, type TokenOptions } from '@sse/express/auth';
import { ConfigError } from './config-error.ts';

/** How tokens are checked, and by what else than `Authorization` they may come. */
export interface AuthConfig {
  readonly tokens: TokenOptions;
  /** Name of a cookie that carries the token. */
  readonly cookie: string | undefined;
}

/** The variables about tokens, as they were given. */
export interface AuthVariables {
  readonly JWT_SECRET?: string | undefined;
  readonly JWT_KEY?: string | undefined;
  readonly JWT_JWKS_URL?: string | undefined;
  readonly JWT_ALGORITHMS?: readonly string[] | undefined;
  readonly JWT_ISSUER?: readonly string[] | undefined;
  readonly JWT_AUDIENCE?: readonly string[] | undefined;
  readonly AUTH_COOKIE?: string | undefined;
}

const KEYS = ['JWT_SECRET', 'JWT_KEY', 'JWT_JWKS_URL'] as const;
const OTHERS = ['JWT_ALGORITHMS', 'JWT_ISSUER', 'JWT_AUDIENCE', 'AUTH_COOKIE'] as const;
const VARIABLE_OF: ReadonlyMap<string, string> = new Map([
  ['secret', 'JWT_SECRET'],
  ['publicKey', 'JWT_KEY'],
  ['jwksUrl', 'JWT_JWKS_URL'],
  ['algorithms', 'JWT_ALGORITHMS'],
]);

/**
 * What these variables ask for; `undefined` without any key.
 *
 * @throws ConfigError for a key that is weak or none, several keys, and a variable that says nothing without a key.
 */
export function readAuthConfig(values: AuthVariables): AuthConfig | undefined {
  const [key, another] = KEYS.filter((name) => values[name] !== undefined);
  if (another !== undefined) throw new ConfigError(another, `absent while \`${key}\` is set`, 'a value');
  // Ignored, it would leave open what somebody thinks is protected.
  const idle = OTHERS.find((name) => values[name] !== undefined);
  if (key === undefined && idle !== undefined)
    throw new ConfigError(idle, `absent while none of ${KEYS.join(', ')} is set`, 'a value');
  if (key === undefined) return undefined;
  const tokens: TokenOptions = {
    secret: values.JWT_SECRET,
    publicKey: values.JWT_KEY === undefined ? undefined : publicKey(values.JWT_KEY),
    jwksUrl: values.JWT_JWKS_URL,
    algorithms: values.JWT_ALGORITHMS,
    issuer: values.JWT_ISSUER,
    audience: values.JWT_AUDIENCE,
  };
  try {
    checkTokenOptions(tokens);
  } catch (error) {
    throw toConfigError(error);
  }
  return { tokens, cookie: values.AUTH_COOKIE };
}

/** A PEM or JWK as it is, also with `\n` written out as some shells and files need it, or the path of a file with one. */
function publicKey(text: string): TokenOptions['publicKey'] {
  const found = /-----BEGIN|^\s*\{/.test(text) ? text.replaceAll('\\n', '\n') : readKey(text);
  if (!found.trimStart().startsWith('{')) return found;
  try {
    return JSON.parse(found) as TokenOptions['publicKey'];
  } catch {
    return found;
  }
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new ConfigError('JWT_KEY', 'a PEM or JWK, or the path of a file with one', code);
  }
}

/** Says the same of the variable; what was found is never the key itself. */
function toConfigError(error: unknown): unknown {
  if (sseErrorCode(error) !== 'invalid-option') return error;
  const { message } = error as SseError;
  const [, option = '', expected = message, found = 'another'] =
    /^Expected `(\w+)` to be (.*), got (.*)$/s.exec(message) ?? [];
  return new ConfigError(VARIABLE_OF.get(option) ?? 'JWT_KEY', expected, found);
}
