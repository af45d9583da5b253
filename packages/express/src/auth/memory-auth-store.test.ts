import { authStoreLaws } from '@sse/core/testing';
import { describe, test } from 'vitest';
import { MemoryAuthStore } from './memory-auth-store.ts';

describe('a MemoryAuthStore keeps the laws of every store', () => {
  for (const law of authStoreLaws)
    test(law.name, () => law.check({ create: async (bounds) => new MemoryAuthStore(bounds) }));
});
