import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { browserPath } from '../../../../test/support/browser.ts';
import { FetchEventSource } from '../../src/event-source.ts';
import { THEMES } from './case.ts';
import { CASES } from './cases.ts';
import { CLAUSES } from './clauses.ts';
import { eventSourceAdapter } from './clients/event-source.ts';
import { NATIVE_DIFFERENCES } from './differences.ts';
import { inChromium } from './places/chromium.ts';
import { here } from './places/here.ts';
import { runCases, type Verdicts } from './run.ts';

const ours = eventSourceAdapter(FetchEventSource);

describe('the cases', () => {
  it('are 120 or more, each with a name of its own', () => {
    expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
    expect(CASES.length).toBeGreaterThanOrEqual(120);
  });

  it('name every clause and every theme', () => {
    expect([...new Set(CASES.map(({ clause }) => clause))].sort()).toEqual(Object.keys(CLAUSES).sort());
    expect([...new Set(CASES.map(({ theme }) => theme))]).toEqual(THEMES);
  });

  it('are those that docs/conformance.md is about: `npm run conformance` writes it anew', async () => {
    const page = await readFile(new URL('../../../../docs/conformance.md', import.meta.url), 'utf8');
    expect(page).toContain(`by ${CASES.length} cases`);
  });
});

const known = new Set(NATIVE_DIFFERENCES.map(({ id }) => id));

let inNode: Verdicts;
let inBrowser: Verdicts;
let native: Verdicts;

// All at once: most cases mostly wait.
beforeAll(async () => {
  const chromium = browserPath !== undefined;
  // What is known not to come need not be waited for; what is known to come too much is given time for it.
  const forNative = CASES.map((one) =>
    known.has(one.id) ? { ...one, deadlineMs: 2_000, quietMs: 1_000 } : one,
  );
  [inNode, inBrowser, native] = await Promise.all([
    runCases(CASES, ours.features, here(ours)),
    chromium ? runCases(CASES, ours.features, inChromium('FetchEventSource')) : new Map(),
    chromium ? runCases(forNative, ours.features, inChromium('native')) : new Map(),
  ]);
}, 60_000);

describe('FetchEventSource in Node', () => {
  it.for(CASES)('$id: $title', ({ id }) => {
    expect(inNode.get(id)).toEqual({ faults: [] });
  });
});

describe.skipIf(browserPath === undefined)('in Chromium', () => {
  it.for(CASES)('FetchEventSource, $id: $title', ({ id }) => {
    expect(inBrowser.get(id)).toEqual({ faults: [] });
  });

  it("the browser's own EventSource fails the cases where it is known to differ, and no other", () => {
    const differing = CASES.filter(({ id }) => native.get(id)?.faults.length !== 0);
    const faults = Object.fromEntries(differing.map(({ id }) => [id, native.get(id)?.faults]));
    expect(faults).toEqual(Object.fromEntries([...known].map((id) => [id, expect.any(Array)])));
  });
});
