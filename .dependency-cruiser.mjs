// Which file may import which. Part of `npm run lint`; test/imports.test.ts proves that each rule can fail.
// Type-only imports count as well: a type that points the wrong way is a design that points the wrong way.

const TESTS = '\\.(test|bench|examples)\\.ts$';
const CORE = '^packages/core/src/';
// Entries of @sse/core that lie above its root, with the folder of the same name.
const CORE_ENTRIES = '^packages/core/src/(node|web|testing)[./-]';

// Core's root, lowest first. A file imports from its own row or from rows above it here, never from below.
// A new file in packages/core/src needs a place in one of them.
const CORE_LAYERS = [
  [
    'errors',
    'auth-store',
    'checks',
    'environment',
    'late-promise',
    'ring',
    'topics',
    'topic-index',
    'frame',
    'sink',
    'event-log',
    'standard-schema',
    'system-events',
  ],
  ['client', 'window', 'memory-event-log', 'event-input', 'stats'],
  [
    'group',
    'backlog',
    'fan-out',
    'broadcaster-options',
    'hub',
    'subscriber',
    'subscription',
    'replay',
    'tail-follower',
    'upkeep',
  ],
  ['broadcaster', 'streams'],
  ['index'],
];
const coreFile = (names) => `${CORE}(${names.join('|')})\\.ts$`;

/** One rule a layer: nothing in it imports from a higher one. */
const layerRules = CORE_LAYERS.slice(0, -1).map((names, level) => ({
  name: `core-layer-${level}-imports-nothing-higher`,
  comment: `In core, ${names.join(', ')} may not import from the layers above them.`,
  severity: 'error',
  from: { path: coreFile(names) },
  to: { path: coreFile(CORE_LAYERS.slice(level + 1).flat()) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'A module that cannot be found, such as a path that another package does not export.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'packages-import-only-core',
      comment: 'express, redis and lmdb meet core, never one another; core meets nobody.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^(packages|@sse)/', pathNot: '^packages/$1/|^(packages|@sse)/core(/|$)' },
    },
    {
      name: 'client-imports-no-core',
      comment: 'The client runs in browsers that never load the server side.',
      severity: 'error',
      from: { path: '^packages/client/' },
      to: { path: '^(packages|@sse)/core(/|$)' },
    },
    {
      name: 'packages-import-no-app',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-deep-import',
      comment: "Another package's sources are its own; use what its exports map offers.",
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^(packages|apps)/[^/]+/src/', pathNot: '^$1/$2/' },
    },
    {
      name: 'no-deep-import-from-outside',
      comment: 'Tests and scripts at the top use what was built, as a user would.',
      severity: 'error',
      from: { pathNot: '^(packages|apps)/' },
      to: { path: '^(packages|apps)/[^/]+/src/' },
    },
    {
      name: 'core-imports-no-builtin',
      comment: 'The root runs in Node, Bun, Deno, workers and browsers; what needs Node goes to src/node.',
      severity: 'error',
      from: { path: CORE, pathNot: ['^packages/core/src/(node|testing)[./-]', TESTS] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-root-imports-no-entry',
      comment: 'node, web and testing stand on the root, not the other way round.',
      severity: 'error',
      from: { path: CORE, pathNot: [CORE_ENTRIES, TESTS] },
      to: { path: CORE_ENTRIES },
    },
    {
      name: 'core-file-has-a-layer',
      comment: 'Add the file to CORE_LAYERS in .dependency-cruiser.mjs, so that its direction is checked.',
      severity: 'error',
      from: {},
      to: { path: CORE, pathNot: [coreFile(CORE_LAYERS.flat()), CORE_ENTRIES, TESTS] },
    },
    {
      name: 'sources-import-no-test',
      severity: 'error',
      from: { pathNot: [TESTS, '(^|/)test/'] },
      to: { path: [TESTS, '(^|/)test/'], pathNot: 'node_modules' },
    },
    ...layerRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: true, // what the tests and configs use is declared at the top
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    exclude: { path: ['(^|/)(coverage|\\.turbo)/'] },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.mts', '.cts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
