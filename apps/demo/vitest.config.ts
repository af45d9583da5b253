import { mergeConfig } from 'vitest/config';
import { project } from '../../vitest.project.ts';

// A page shows some things only with its next round.
export default mergeConfig(project('demo'), {
  test: { expect: { poll: { timeout: 10_000, interval: 20 } } },
});
