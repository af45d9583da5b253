import { createHmac, createSign, type KeyObject } from 'node:crypto';

/** The secret of the servers of the tests. */
export const SECRET = 'a secret of the tests, 32 bytes.';

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface TokenText {
  readonly header?: object;
  readonly secret?: string;
  /** Signs by RS256 instead. */
  readonly privateKey?: KeyObject;
}

/** A JWT, signed as its options say and not as its header does, so that it may lie. Good for a minute. */
export function token(claims: object, options: TokenText = {}): string {
  const {
    secret = SECRET,
    privateKey,
    header = { alg: privateKey === undefined ? 'HS256' : 'RS256' },
  } = options;
  const text = `${part(header)}.${part({ exp: inSeconds(60), ...claims })}`;
  const signature =
    privateKey === undefined
      ? createHmac('sha256', secret).update(text).digest('base64url')
      : createSign('sha256').update(text).sign(privateKey, 'base64url');
  return `${text}.${signature}`;
}

/** A token of ann, who may see and publish orders. */
export const ann = (rest: object = {}): string =>
  token({ sub: 'ann', sse: { subscribe: ['orders.**'], publish: ['orders.**'] }, ...rest });

/** A token of an administrator, who may do nothing else. */
export const root = (): string => token({ sub: 'root', sse: { admin: true } });

export const bearer = (text: string): { readonly Authorization: string } => ({
  Authorization: `Bearer ${text}`,
});
