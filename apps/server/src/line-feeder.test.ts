import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { feedLines } from './line-feeder.ts';
import type { LogEvent } from './log-event.ts';
import type { ProducedEvent } from './publisher.ts';

const never = new AbortController().signal;

function messageOf({ data }: ProducedEvent): string {
  return (data as LogEvent).message;
}

test('each line with something to show is published, in order', async () => {
  const send = vi.fn((_: ProducedEvent) => Promise.resolve(true));
  await feedLines(Readable.from(['one', '', '{"msg":"two"}']), { source: 'stdin', signal: never, send });
  expect(send.mock.calls.map(([event]) => messageOf(event))).toEqual(['one', 'two']);
  expect(send.mock.calls[0]?.[0]).toMatchObject({ topic: 'log', data: { type: 'log', source: 'stdin' } });
});

test('the next line is taken only once one is published', async () => {
  let taken = 0;
  let finish = (_: boolean): void => undefined;
  async function* lines(): AsyncGenerator<string> {
    for (;;) yield `line ${taken++}`;
  }
  const controller = new AbortController();
  const send = vi.fn(
    () =>
      new Promise<boolean>((resolve) => {
        finish = resolve;
      }),
  );
  const fed = feedLines(lines(), { source: 'file', signal: controller.signal, send });
  await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(1));
  expect(taken).toBe(1);
  finish(true);
  await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(2));
  expect(taken).toBe(2);
  controller.abort();
  finish(false);
  await fed;
});

test('a line that cannot be published is tried three times and left out', async () => {
  const tried: string[] = [];
  const send = (event: ProducedEvent): Promise<boolean> => {
    tried.push(messageOf(event));
    return Promise.resolve(messageOf(event) !== 'bad');
  };
  await feedLines(Readable.from(['bad', 'good']), { source: 'file', signal: never, send, retryMs: 1 });
  expect(tried).toEqual(['bad', 'bad', 'bad', 'good']);
});

test('an abort ends the wait before the next try', async () => {
  const controller = new AbortController();
  const send = vi.fn(() => Promise.resolve(false));
  const fed = feedLines(Readable.from(['one']), {
    source: 'file',
    signal: controller.signal,
    send,
    retryMs: 1e9,
  });
  await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(1));
  controller.abort();
  await fed;
  expect(send).toHaveBeenCalledTimes(1);
});
