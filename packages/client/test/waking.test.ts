import { describe, expect, onTestFinished, test } from 'vitest';
import { type EventStreamOptions, openEventStream } from '../src/index.ts';
import { fakeFetch, useClock } from './support/fake-fetch.ts';
import { message } from './support/frames.ts';
import { recorded } from './support/open-stream.ts';

const URL = 'http://hub.example/stream';

interface Page {
  readonly window: EventTarget;
  readonly document: EventTarget;
  fire(type: string): void;
  show(isShown: boolean): void;
}

/** A browser's page, as far as a stream looks at it. */
function usePage(): Page {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: URL });
  Object.assign(globalThis, { window, document });
  onTestFinished(() => {
    for (const name of ['window', 'document']) Reflect.deleteProperty(globalThis, name);
  });
  const fire = (type: string): void => {
    const target = ['resume', 'freeze', 'visibilitychange'].includes(type) ? document : window;
    target.dispatchEvent(new Event(type));
  };
  return {
    window,
    document,
    fire,
    show: (isShown) => {
      document.visibilityState = isShown ? 'visible' : 'hidden';
      fire('visibilitychange');
    },
  };
}

async function scene(options: EventStreamOptions = {}, react?: Parameters<typeof fakeFetch>[0]) {
  const page = usePage();
  const pass = useClock();
  const fake = fakeFetch(react ?? ((call) => call.stream()));
  const { stream, ids, states } = recorded(openEventStream(URL, { fetch: fake.fetch, ...options }));
  onTestFinished(() => stream.close());
  await pass();
  return { ...fake, page, pass, stream, ids, states };
}

const SIGNS = ['online', 'pageshow', 'resume', 'visibilitychange'];

describe.each(SIGNS)('at `%s`', (sign) => {
  test('a stream that waits tries at once, without backoff', async () => {
    const { calls, page, pass, stream } = await scene({}, (call) => call.fail());
    await pass(60_000);
    const before = calls.length;
    expect(stream.status.attempt).toBeGreaterThan(4);
    page.fire(sign);
    await pass();
    expect(calls.length).toBe(before + 1);
    expect(stream.status).toMatchObject({ state: 'waiting', attempt: 1 });
  });

  test('an open stream that was silent for longer than it should reconnects at once', async () => {
    const { calls, page, pass, stream, states, last } = await scene({ silenceMs: 45_000 });
    last().send(message(1));
    // Timers sleep with the page; the clock does not.
    await pass(1_000);
    const now = Date.now;
    Date.now = () => now() + 46_000;
    onTestFinished(() => {
      Date.now = now;
    });
    page.fire(sign);
    await pass();
    expect(calls).toHaveLength(2);
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(calls[1]?.headers.get('Last-Event-ID')).toBe('e-1');
    expect(states().slice(-2)).toEqual(['connecting woken', 'open woken']);
    expect(stream.status.attempt).toBe(1);
  });

  test('an open stream that was heard of lately stays', async () => {
    const { calls, page, pass } = await scene();
    await pass(20_000);
    page.fire(sign);
    await pass();
    expect(calls).toHaveLength(1);
  });

  test('a request under way is not sent again', async () => {
    const { calls, page, pass } = await scene({}, () => undefined);
    page.fire(sign);
    await pass();
    expect(calls).toHaveLength(1);
  });
});

test('a stream that was paused, or closed, is not woken', async () => {
  const { calls, page, pass, stream } = await scene();
  stream.pause();
  for (const sign of SIGNS) page.fire(sign);
  await pass();
  expect(stream.status.state).toBe('paused');
  stream.close();
  for (const sign of SIGNS) page.fire(sign);
  await pass();
  expect(stream.status.state).toBe('closed');
  expect(calls).toHaveLength(1);
});

describe('a hidden page', () => {
  test('keeps its connection', async () => {
    const { calls, page, pass, last, ids } = await scene({ silenceMs: 7_200_000 });
    page.show(false);
    await pass(3_600_000);
    last().send(message(1));
    await pass();
    expect(ids()).toEqual(['e-1']);
    expect(calls).toHaveLength(1);
  });

  test('releases it after a grace time where it is asked to, and resumes by cursor', async () => {
    const { calls, page, pass, last, stream, states } = await scene({ whenHidden: 'release' });
    last().send(message(1));
    page.show(false);
    await pass(59_999 - 20_000);
    last().send(message(2));
    await pass(20_000);
    expect(stream.status.state).toBe('open');
    await pass(1);
    expect(stream.status).toMatchObject({ state: 'paused', reason: 'hidden' });
    expect(calls[0]?.signal.aborted).toBe(true);
    await pass(3_600_000);
    expect(calls).toHaveLength(1);
    page.show(true);
    await pass();
    expect(calls).toHaveLength(2);
    expect(calls[1]?.headers.get('Last-Event-ID')).toBe('e-2');
    expect(states().slice(-2)).toEqual(['connecting hidden', 'open hidden']);
  });

  test('that is seen again within the grace time notices nothing', async () => {
    const { calls, page, pass, stream } = await scene({ whenHidden: 'release', hiddenGraceMs: 1_000 });
    page.show(false);
    await pass(900);
    page.show(true);
    await pass(10_000);
    expect(stream.status.state).toBe('open');
    expect(calls).toHaveLength(1);
  });

  test('that was paused by the application stays paused when it is seen again', async () => {
    const { page, pass, stream } = await scene({ whenHidden: 'release', hiddenGraceMs: 1_000 });
    stream.pause();
    page.show(false);
    await pass(2_000);
    page.show(true);
    await pass();
    expect(stream.status).toMatchObject({ state: 'paused', reason: 'asked' });
  });

  test('writes its cursor at once: it may go without another word', async () => {
    const items = new Map<string, string>();
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
    const { page, pass, last } = await scene({ resume: { storage, key: 'c' } });
    last().send(message(1));
    await pass();
    expect(items.size).toBe(0);
    page.fire('pagehide');
    expect(items.get('c')).toContain('e-1');
  });

  test('that lived on with the same cursor keeps it young', async () => {
    const items = new Map<string, string>();
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
    const { page, pass, last } = await scene({ resume: { storage, key: 'c' }, silenceMs: 36_000_000 });
    last().send(message(1));
    await pass(7_200_000);
    page.fire('pagehide');
    expect(JSON.parse(items.get('c') ?? '')).toEqual({ id: 'e-1', at: Date.now() });
  });
});

test('a closed stream listens to the page no longer', async () => {
  const { page, stream } = await scene();
  let removed = 0;
  for (const target of [page.window, page.document]) {
    target.removeEventListener = () => {
      removed += 1;
    };
  }
  stream.close();
  expect(removed).toBe(5);
});
