import { defineProject, type UserWorkspaceConfig } from 'vitest/config';

/**
 * What the tests of every package and app have in common: they sit beside the sources, or in `test`.
 *
 * `isolate: false` runs test files one after the other in one process, where they share modules: of many small files the
 * starts of processes are half of the time. Not for tests that change what all share.
 */
export function project(name: string, { isolate = true } = {}): UserWorkspaceConfig {
  return defineProject({
    test: {
      name,
      isolate,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      // No test takes this long; a machine that builds at the same time may.
      testTimeout: 20_000,
      hookTimeout: 30_000,
    },
  });
}
