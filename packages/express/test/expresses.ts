import { createRequire } from 'node:module';
import express5 from 'express';

/** The versions of Express that everything has to work with; 4 has no types of its own here. */
export const EXPRESSES: readonly (readonly [version: string, express: typeof express5])[] = [
  ['5', express5],
  ['4', createRequire(import.meta.url)('express4') as typeof express5],
];
