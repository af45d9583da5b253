import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandResult, plant, ROOT, run, temporaryFolder } from './support/repository.ts';

const CORE = 'packages/core/src';

/** One import that must not be: the rule it breaks, the file it is in, what it says, and the file it means. */
type Violation = readonly [rule: string, from: string, specifier: string, to: string];

const VIOLATIONS: readonly Violation[] = [
  ['core-imports-no-builtin', `${CORE}/errors.ts`, 'node:fs', 'fs'],
  ['core-imports-no-builtin', `${CORE}/topics.ts`, 'events', 'events'],
  ['core-imports-no-builtin', `${CORE}/web.ts`, 'node:stream', 'stream'],
  ['core-root-imports-no-entry', `${CORE}/broadcaster.ts`, './node.ts', `${CORE}/node.ts`],
  ['core-root-imports-no-entry', `${CORE}/index.ts`, './testing/clock.ts', `${CORE}/testing/clock.ts`],
  ['core-layer-0-imports-nothing-higher', `${CORE}/frame.ts`, './window.ts', `${CORE}/window.ts`],
  ['core-layer-1-imports-nothing-higher', `${CORE}/window.ts`, './replay.ts', `${CORE}/replay.ts`],
  ['core-layer-2-imports-nothing-higher', `${CORE}/group.ts`, './broadcaster.ts', `${CORE}/broadcaster.ts`],
  ['core-layer-3-imports-nothing-higher', `${CORE}/broadcaster.ts`, './index.ts', `${CORE}/index.ts`],
  ['core-file-has-a-layer', `${CORE}/index.ts`, './manager.ts', `${CORE}/manager.ts`],
  ['sources-import-no-test', `${CORE}/index.ts`, './errors.test.ts', `${CORE}/errors.test.ts`],
  [
    'packages-import-no-app',
    'packages/express/src/index.ts',
    '../../../apps/server/main.ts',
    'apps/server/main.ts',
  ],
  ['packages-import-only-core', `${CORE}/index.ts`, '../../express/main.ts', 'packages/express/main.ts'],
  ['packages-import-only-core', 'packages/redis/src/index.ts', '../../lmdb/main.ts', 'packages/lmdb/main.ts'],
  ['client-imports-no-core', 'packages/client/src/index.ts', '../../core/main.ts', 'packages/core/main.ts'],
  ['no-deep-import', 'packages/express/src/index.ts', '../../core/src/errors.ts', `${CORE}/errors.ts`],
  ['no-deep-import', 'apps/server/src/main.ts', '../../../packages/core/src/errors.ts', `${CORE}/errors.ts`],
  ['no-deep-import-from-outside', 'scripts/tool.ts', '../packages/core/src/errors.ts', `${CORE}/errors.ts`],
  // By name, whether it is installed or not.
  ['packages-import-only-core', `${CORE}/ring.ts`, '@sse/express', '@sse/express'],
  ['packages-import-only-core', 'packages/lmdb/src/index.ts', '@sse/redis', '@sse/redis'],
  ['client-imports-no-core', 'packages/client/src/index.ts', '@sse/core', '@sse/core'],
  ['no-unresolved', `${CORE}/ring.ts`, '@sse/express', '@sse/express'],
  ['no-unresolved', 'packages/lmdb/src/index.ts', '@sse/redis', '@sse/redis'],
  ['no-unresolved', 'packages/client/src/index.ts', '@sse/core', '@sse/core'],
];

function lintImports(folder: string): Promise<CommandResult> {
  return run(folder, 'depcruise', '--config', join(ROOT, '.dependency-cruiser.mjs'), '.');
}

/** All violations in one tree: a file has each of its imports once, and a file that is only imported is empty. */
function treeOf(violations: readonly Violation[]): Record<string, string> {
  const files: Record<string, string> = { 'package.json': '{ "type": "module" }' };
  for (const [, , , to] of violations) if (to.includes('.')) files[to] = '';
  for (const [, from, specifier] of violations) {
    const line = `import '${specifier}';\n`;
    if (files[from]?.includes(line) !== true) files[from] = (files[from] ?? '') + line;
  }
  return files;
}

let folder: string;
let result: CommandResult;

beforeAll(async () => {
  folder = await temporaryFolder();
  await plant(folder, treeOf(VIOLATIONS));
  result = await lintImports(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(VIOLATIONS)('the linter reports %s: %s imports %s', (rule, from, _, to) => {
  expect(result.stdout).toContain(`error ${rule}: ${from} → ${to}`);
});

test('the linter fails, and reports nothing but what is wrong', () => {
  expect(result.exitCode).not.toBe(0);
  expect(result.stdout).toContain(`${VIOLATIONS.length} dependency violations`);
});

test('the linter accepts imports that point downwards', async () => {
  const place = join(folder, 'downwards');
  await plant(place, {
    'package.json': '{ "type": "module" }',
    [`${CORE}/index.ts`]: "export { up } from './broadcaster.ts';\n",
    [`${CORE}/broadcaster.ts`]: "import './errors.ts';\nexport const up = 1;\n",
    [`${CORE}/errors.ts`]: '',
    [`${CORE}/node.ts`]: "import 'node:http';\nimport './node/http1.ts';\n",
    [`${CORE}/node/http1.ts`]: "import '../errors.ts';\n",
    [`${CORE}/errors.test.ts`]: "import 'node:fs';\nimport './broadcaster.ts';\n",
  });
  expect(await lintImports(place)).toMatchObject({ exitCode: 0 });
});

test('the linter reports a type that points upwards, and a cycle within one layer', async () => {
  const place = join(folder, 'upwards');
  await plant(place, {
    'package.json': '{ "type": "module" }',
    [`${CORE}/broadcaster.ts`]: 'export interface Up {}\n',
    [`${CORE}/frame.ts`]: "import type { Up } from './broadcaster.ts';\nexport type Down = Up;\n",
    [`${CORE}/ring.ts`]: "import './sink.ts';\n",
    [`${CORE}/sink.ts`]: "import './ring.ts';\n",
  });
  const { exitCode, stdout } = await lintImports(place);
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain(`core-layer-0-imports-nothing-higher: ${CORE}/frame.ts → ${CORE}/broadcaster.ts`);
  expect(stdout).toContain(`no-cycles: ${CORE}/ring.ts →`);
});
