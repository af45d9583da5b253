import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, publishOk } from '../../apps/server/test/support/http.ts';
import {
  killServers,
  type ServerProcess,
  startServer,
} from '../../apps/server/test/support/server-process.ts';
import { browserPath, launchBrowser } from '../support/browser.ts';
import { type ClientSite, startClientSite } from '../support/client-page.ts';
import { numbers, openRecorded, readRecord } from '../support/recorded-stream.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const FAST = { minDelayMs: 20, maxDelayMs: 200 };
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
const until = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 });

describe.skipIf(browserPath === undefined)('@sse/client in Chromium', () => {
  let browser: Browser;
  let site: ClientSite;
  let hub: ServerProcess;
  let proxy: TcpProxy;
  let page: Page;
  let published = 0;

  const open = async (): Promise<Page> => {
    const opened = await page.context().newPage();
    await opened.goto(site.url);
    return opened;
  };
  /** Publishes the next numbers, one event each. */
  const publish = async (count: number, topic = 'tick'): Promise<void> => {
    for (let sent = 0; sent < count; sent += 1) {
      published += 1;
      await publishOk(hub, { type: topic, n: published });
    }
  };
  const isOpen = (tab: Page = page): Promise<void> =>
    until(async () => expect((await readRecord(tab)).status.clientId).toBeDefined());

  beforeAll(async () => {
    browser = await launchBrowser();
    site = await startClientSite();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    published = 0;
    hub = await startServer({ env: { RETRY_MS: '250' } });
    proxy = await TcpProxy.start(() => hub.port);
    page = await (await browser.newContext()).newPage();
    await page.goto(site.url);
  });
  afterEach(async () => {
    await page.context().close();
    await proxy.close();
    await killServers();
  });

  describe.each(['fetch', 'native'] as const)('by %s', (transport) => {
    const options = { ...FAST, transport };

    test('messages of the asked topics arrive, from another origin', async () => {
      await openRecorded(page, `${proxy.url}/stream`, { ...options, topics: ['tick'], clientName: 'page' });
      await isOpen();
      await publish(2);
      await publish(1, 'other');
      await publish(1);
      await until(async () => expect(await numbers(page)).toEqual([1, 2, 4]));
      const { body } = await ask(hub, '/clients');
      expect(body['clients']).toMatchObject([{ client_name: 'page' }]);
    });

    test('a connection cut again and again loses nothing and doubles nothing', async () => {
      await openRecorded(page, `${proxy.url}/stream`, options);
      await isOpen();
      for (let round = 0; round < 5; round += 1) {
        await publish(10);
        proxy.cut();
        await publish(10);
      }
      await until(async () => expect(await numbers(page)).toEqual(upTo(100)));
      const { gaps, counters } = await readRecord(page);
      expect(gaps).toEqual([]);
      expect(counters.connections).toBeGreaterThan(1);
    });

    test('a server killed and started anew is found again, with one gap', async () => {
      await openRecorded(page, `${proxy.url}/stream`, options);
      await isOpen();
      await publish(3);
      await until(async () => expect(await numbers(page)).toEqual([1, 2, 3]));
      process.kill(hub.pid, 'SIGKILL');
      await hub.ended;
      hub = await startServer({ env: { RETRY_MS: '250' } });
      await until(async () => expect((await readRecord(page)).gaps).toEqual(['unknown']));
      await publish(2);
      await until(async () => expect(await numbers(page)).toEqual([1, 2, 3, 4, 5]));
    });

    test('a reload of the page misses nothing', async () => {
      await openRecorded(page, `${proxy.url}/stream`, { ...options, resume: true });
      await isOpen();
      await publish(5);
      await until(async () => expect(await numbers(page)).toEqual(upTo(5)));
      await page.reload();
      await publish(5);
      await openRecorded(page, `${proxy.url}/stream`, { ...options, resume: true });
      await until(async () => expect(await numbers(page)).toEqual([6, 7, 8, 9, 10]));
      expect((await readRecord(page)).gaps).toEqual([]);
    });

    test('other topics are asked for without losing or doubling anything', async () => {
      await openRecorded(page, `${proxy.url}/stream`, { ...options, topics: ['tick'] });
      await isOpen();
      await publish(5);
      const changed = page.evaluate(() =>
        (window as unknown as { stream: { setTopics(topics: string[]): Promise<void> } }).stream.setTopics([
          'tick',
          'tock',
        ]),
      );
      await publish(5);
      await changed;
      await publish(5, 'tock');
      await until(async () => expect(await numbers(page)).toEqual(upTo(15)));
    });
  });

  test('a link that went silent is left, and what it swallowed comes again', async () => {
    await killServers();
    hub = await startServer({ env: { RETRY_MS: '250', HEARTBEAT_INTERVAL: '1' } });
    await openRecorded(page, `${proxy.url}/stream`, FAST);
    await isOpen();
    await publish(1);
    await until(async () => expect(await numbers(page)).toEqual([1]));
    proxy.freeze();
    await publish(2);
    await until(async () => expect(await numbers(page)).toEqual([1, 2, 3]));
    expect((await readRecord(page)).errors).toEqual(['silent']);
  });

  test('a page that was offline catches up as soon as it is back', async () => {
    await openRecorded(page, `${proxy.url}/stream`, { minDelayMs: 60_000, maxDelayMs: 60_000 });
    await isOpen();
    await page.context().setOffline(true);
    proxy.off();
    await publish(3);
    await until(async () => expect((await readRecord(page)).status.state).toBe('waiting'));
    proxy.on();
    await page.context().setOffline(false);
    await until(async () => expect(await numbers(page)).toEqual([1, 2, 3]));
    expect((await readRecord(page)).statuses).toContainEqual(expect.objectContaining({ reason: 'woken' }));
  });

  test('a hidden page gives its connection back, and catches up when it is seen again', async () => {
    await openRecorded(page, `${proxy.url}/stream`, { ...FAST, whenHidden: 'release', hiddenGraceMs: 50 });
    await isOpen();
    const show = (state: string): Promise<void> =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await show('hidden');
    await until(async () => expect((await ask(hub, '/clients')).body['count']).toBe(0));
    await publish(3);
    await show('visible');
    await until(async () => expect(await numbers(page)).toEqual([1, 2, 3]));
  });

  test('payloads that look like markup or code stay text', async () => {
    await openRecorded(page, `${proxy.url}/stream`, FAST);
    await isOpen();
    await publishOk(hub, { type: '__proto__', n: 1, admin: true });
    await publishOk(hub, { type: 'constructor', n: 2 });
    await publishOk(hub, {
      type: 'tick',
      n: 3,
      text: '\u2028</script><img src=x onerror=alert(1)>\r\ndata: x',
    });
    await until(async () => expect(await numbers(page)).toEqual([1, 2, 3]));
    expect(await page.evaluate(() => ({}) as { admin?: boolean }).then(({ admin }) => admin)).toBeUndefined();
  });

  test('six tabs share one connection, and another takes over when the leader goes', async () => {
    const tabs = [page];
    for (let index = 1; index < 6; index += 1) tabs.push(await open());
    for (const tab of tabs) await openRecorded(tab, `${proxy.url}/stream`, { ...FAST, shared: true });
    for (const tab of tabs)
      await until(async () => expect((await readRecord(tab)).status.state).toBe('open'));
    expect((await ask(hub, '/clients')).body['count']).toBe(1);
    await publish(10);
    for (const tab of tabs) await until(async () => expect(await numbers(tab)).toEqual(upTo(10)));

    const roles = await Promise.all(tabs.map(async (tab) => (await readRecord(tab)).status.role));
    expect(roles.filter((role) => role === 'leader')).toHaveLength(1);
    const leader = tabs.splice(roles.indexOf('leader'), 1)[0];
    if (leader !== page) await leader?.close();
    else await leader.goto('about:blank');
    await publish(10);
    for (const tab of tabs) await until(async () => expect(await numbers(tab)).toEqual(upTo(20)));
    for (const tab of tabs) expect((await readRecord(tab)).gaps).toEqual([]);
    await until(async () => expect((await ask(hub, '/clients')).body['count']).toBe(1));
  });

  test('tabs that share get the topics that each of them asked for', async () => {
    const second = await open();
    await openRecorded(page, `${proxy.url}/stream`, { ...FAST, shared: true, topics: ['tick'] });
    await until(async () => expect((await readRecord(page)).status.state).toBe('open'));
    await openRecorded(second, `${proxy.url}/stream`, { ...FAST, shared: true, topics: ['tock'] });
    await until(async () =>
      expect((await ask(hub, '/clients')).body['clients']).toMatchObject([{ topics: ['tick', 'tock'] }]),
    );
    await until(async () => expect((await readRecord(second)).status.state).toBe('open'));
    await publish(1, 'tick');
    await publish(1, 'tock');
    await until(async () => expect(await numbers(page)).toEqual([1]));
    await until(async () => expect(await numbers(second)).toEqual([2]));
  });
});
