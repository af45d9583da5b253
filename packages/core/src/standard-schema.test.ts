import { expect, test } from 'vitest';
import { parseEvent } from './event-input.ts';
import type { StandardResult, StandardSchema } from './standard-schema.ts';

const schema = (
  validate: (value: unknown) => StandardResult<unknown> | Promise<StandardResult<unknown>>,
): StandardSchema => ({ '~standard': { version: 1, vendor: 'by hand', validate } });
const parse = (schemas: Record<string, StandardSchema>, data: unknown, topic = 'metric') =>
  parseEvent({ topic, data }, { maxEventBytes: 1_000, schemas });

test('what the schema returns is published, not what it was given', () => {
  const doubling = schema((value) => ({ value: { doubled: (value as { n: number }).n * 2 } }));
  expect(parse({ metric: doubling }, { n: 2 }).data).toBe('{"type":"metric","doubled":4}');
});

test('each failing path is named, nested ones with dots', () => {
  const failing = schema(() => ({
    issues: [
      { message: 'is no object' },
      { message: 'is too small', path: ['items', 0, { key: 'price' }] },
      { message: 'is odd', path: [{ key: Symbol('s') }] },
      { message: 'is empty', path: [] },
    ],
  }));
  expect(() => parse({ metric: failing }, {})).toThrow(
    expect.objectContaining({
      code: 'invalid-payload',
      message:
        'The payload of `metric` does not fit its schema: ' +
        'payload: is no object; items.0.price: is too small; Symbol(s): is odd; payload: is empty',
    }),
  );
});

test('a list of issues that is empty is still a refusal', () => {
  expect(() => parse({ metric: schema(() => ({ issues: [] })) }, {})).toThrow(
    expect.objectContaining({ code: 'invalid-payload' }),
  );
});

test('a schema that answers with a promise is refused, and its rejection is nobody’s', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on('unhandledRejection', note);
  for (const promise of [() => Promise.resolve({ value: 1 }), () => Promise.reject(new Error('late'))])
    expect(() => parse({ metric: schema(promise) }, {})).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: 'Expected the schema of `metric` to validate without a promise',
      }),
    );
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('a topic without a schema is not validated, not even one that every object knows', () => {
  const failing = schema(() => ({ issues: [{ message: 'never' }] }));
  for (const topic of ['other', 'metric.cpu', 'constructor', 'toString'])
    expect(parse({ metric: failing }, 'free', topic).data).toBe('free');
});
