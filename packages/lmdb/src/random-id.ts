import type { Environment } from '@sse/core';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Ten random characters of `[0-9a-z]`, 51 bits. */
export function randomId(environment: Environment): string {
  let text = '';
  for (let index = 0; index < 10; index++) text += ALPHABET[Math.floor(environment.random() * 36)];
  return text;
}
