import { defineProject, type UserWorkspaceConfig } from 'vitest/config';

/** What the tests of every package and app have in common: they sit beside the sources, or in `test`. */
export function project(name: string): UserWorkspaceConfig {
  return defineProject({
    test: {
      name,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      // No test takes this long; a machine that builds at the same time may.
      testTimeout: 20_000,
      hookTimeout: 30_000,
    },
  });
}
