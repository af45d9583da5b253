import { describe, expect, test } from 'vitest';
import { matchesTopic, topicOf, unionOfTopics } from './topics.ts';

describe('matchesTopic', () => {
  test.each([
    ['metric', 'metric'],
    ['orders.*.created', 'orders.eu.created'],
    ['orders.**', 'orders.eu'],
    ['orders.**', 'orders.eu.created'],
    ['**', 'a'],
    ['**', 'a.b.c'],
    ['*.**', 'a.b.c'],
  ])('%s takes %s', (pattern, topic) => {
    expect(matchesTopic([pattern], topic)).toBe(true);
  });

  test.each([
    ['metric', 'metrics'],
    ['metric', 'metric.cpu'],
    ['orders.*', 'orders'],
    ['orders.*', 'orders.eu.created'],
    ['orders.**', 'orders'],
    ['**.created', 'orders.created'],
    ['*.**', 'a'],
  ])('%s leaves %s', (pattern, topic) => {
    expect(matchesTopic([pattern], topic)).toBe(false);
  });

  test('everything is taken without patterns, and by any of several', () => {
    expect(matchesTopic(undefined, 'a.b')).toBe(true);
    expect(matchesTopic(['x', 'a.*'], 'a.b')).toBe(true);
  });
});

test('a topic is the payload’s `type` where it is a text, else the event’s name', () => {
  expect(topicOf('data', { type: 'metric' })).toBe('metric');
  expect(topicOf('order', { type: 5 })).toBe('order');
  for (const data of ['text', null, undefined, 7, [], {}]) expect(topicOf('order', data)).toBe('order');
});

test('the union is sorted and without repeats; everything swallows the rest', () => {
  expect(
    unionOfTopics([
      ['b', 'a'],
      ['a', 'c'],
    ]),
  ).toEqual(['a', 'b', 'c']);
  expect(unionOfTopics([['a'], undefined])).toBeUndefined();
});
