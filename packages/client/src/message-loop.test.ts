import { describe, expect, test } from 'vitest';
import { StreamError } from './errors.ts';
import { MessageLoop } from './message-loop.ts';
import type { MessagesOptions, StreamMessage } from './types.ts';

interface Loop {
  readonly loop: MessageLoop<StreamMessage>;
  left(): number;
  push(...names: string[]): void;
}

/** `a1` is the message with the id `a1` of the topic `a`. */
function open(options: MessagesOptions = {}): Loop {
  let left = 0;
  const leave = (): void => {
    left += 1;
  };
  const loop = new MessageLoop<StreamMessage>(options, leave);
  const message = (id: string): StreamMessage => ({ id, topic: id.slice(0, 1), event: 'data', data: id });
  return {
    loop,
    left: () => left,
    push: (...ids) => {
      for (const id of ids) loop.push(message(id));
    },
  };
}

async function rest(loop: MessageLoop<StreamMessage>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of loop) ids.push(id);
  return ids;
}

describe('MessageLoop', () => {
  test('gives messages in order, those that came before it was asked and those after', async () => {
    const { loop, push } = open();
    push('a1', 'b1');
    const reads = [loop.next(), loop.next(), loop.next()];
    push('c1');
    expect((await Promise.all(reads)).map(({ value }) => value.id)).toEqual(['a1', 'b1', 'c1']);
  });

  test('ends with what is queued read first', async () => {
    const { loop, push, left } = open();
    push('a1', 'a2');
    loop.finish();
    push('a3');
    expect(await rest(loop)).toEqual(['a1', 'a2']);
    expect(await loop.next()).toEqual({ done: true, value: undefined });
    expect(left()).toBe(1);
  });

  test('throws the error that ended it once, after what is queued', async () => {
    const { loop, push } = open();
    push('a1');
    loop.finish(new Error('gone'));
    expect((await loop.next()).value.id).toBe('a1');
    await expect(loop.next()).rejects.toThrow('gone');
    expect((await loop.next()).done).toBe(true);
  });

  test('rejects one of the reads that wait when it ends with an error, and ends the others', async () => {
    const { loop } = open();
    const [first, second] = [loop.next(), loop.next()];
    loop.finish(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect((await second).done).toBe(true);
  });

  test('beyond `highWaterMark` ends with an error, with what came before it still read', async () => {
    const { loop, push, left } = open({ highWaterMark: 2 });
    push('a1', 'a2', 'a3');
    expect(left()).toBe(1);
    const ids: string[] = [];
    const reading = (async () => {
      for await (const { id } of loop) ids.push(id);
    })();
    await expect(reading).rejects.toMatchObject({ name: 'StreamError', code: 'iterator_overflow' });
    await expect(reading).rejects.toBeInstanceOf(StreamError);
    expect(ids).toEqual(['a1', 'a2']);
  });

  test('drops the oldest where it is asked to, and counts them', async () => {
    const { loop, push } = open({ highWaterMark: 2, overflow: 'drop-oldest' });
    push('a1', 'a2', 'a3', 'a4');
    expect(loop.dropped).toBe(2);
    loop.finish();
    expect(await rest(loop)).toEqual(['a3', 'a4']);
  });

  test.each([
    ['the older message of the same topic', 3, ['a1', 'b1', 'c1', 'b2'], ['a1', 'c1', 'b2']],
    [
      'an outdated one of another topic, not the newest of its own',
      3,
      ['b1', 'a1', 'a2', 'c1'],
      ['b1', 'a2', 'c1'],
    ],
    ['the oldest where each is the newest of its topic', 3, ['a1', 'b1', 'c1', 'd1'], ['b1', 'c1', 'd1']],
    ['every outdated one', 4, ['a1', 'a2', 'b1', 'b2', 'a3'], ['b2', 'a3']],
  ])('with `latest` drops %s', async (_, highWaterMark, pushed, kept) => {
    const { loop, push } = open({ highWaterMark, overflow: 'latest' });
    push(...pushed);
    loop.finish();
    expect(await rest(loop)).toEqual(kept);
    expect(loop.dropped).toBe(pushed.length - kept.length);
  });

  test('leaves by `break`, `return`, the signal and disposal, once, and drops what is queued', async () => {
    const abort = new AbortController();
    const leaves: ((loop: MessageLoop<StreamMessage>) => unknown)[] = [
      (loop) => loop.return(),
      (loop) => loop[Symbol.asyncDispose](),
      () => abort.abort(),
      async (loop) => {
        for await (const { id } of loop) if (id !== '') break;
      },
    ];
    for (const leave of leaves) {
      const { loop, push, left } = open({ signal: abort.signal });
      push('a1', 'a2');
      await leave(loop);
      await loop.return();
      expect(await loop.next()).toEqual({ done: true, value: undefined });
      expect(left()).toBe(1);
    }
  });

  test('ends a read that waits when the signal comes', async () => {
    const abort = new AbortController();
    const { loop } = open({ signal: abort.signal });
    const read = loop.next();
    abort.abort();
    expect((await read).done).toBe(true);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5'])(
    'refuses a `highWaterMark` of %s',
    (value) => {
      expect(() => open({ highWaterMark: value as number })).toThrow(
        new TypeError(`Expected \`highWaterMark\` to be a positive integer, got ${value}`),
      );
    },
  );

  test('refuses an `overflow` that it does not know', () => {
    expect(() => open({ overflow: 'newest' as 'latest' })).toThrow(
      new TypeError('Expected `overflow` to be error, drop-oldest or latest, got newest'),
    );
  });
});
