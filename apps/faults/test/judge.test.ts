import { describe, expect, test } from 'vitest';
import { judge } from '../src/judge/judge.ts';
import { BROKEN, CLASSES, type Class, isBroken } from '../src/judge/verdict.ts';
import { Story } from './histories.ts';

const two = (promise?: 'kept' | 'told' | 'failover', start = 'e-0'): Story =>
  new Story(promise).client('x').client('y').connected('x', start).connected('y', start);

/** The counts that are not 0. */
function counted(story: Story): Partial<Record<Class, number>> {
  const { counts } = judge(story.records);
  return Object.fromEntries(CLASSES.filter((name) => counts[name] > 0).map((name) => [name, counts[name]]));
}

describe('good histories', () => {
  test('what was acknowledged and came once, in order, is ok', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1 l=e-2').received('y', 'k=e-1 l=e-2');
    expect(counted(story)).toEqual({ ok: 4 });
    expect(isBroken(judge(story.records).counts)).toBe(false);
  });

  test('a client is owed nothing from before it came, nor of other topics, nor after it left', () => {
    const story = two().published('k=e-1').received('x', 'k=e-1').left('y').published('o=e-2', 'other');
    story.client('late').connected('late', 'e-2').published('l=e-3');
    story.received('x', 'l=e-3').received('late', 'l=e-3');
    expect(counted(story)).toEqual({ ok: 3 });
  });

  test('an event whose publisher has no answer may come, or not', () => {
    const story = two().sent('k').sent('l').answered('l', 'unknown');
    story.received('x', 'l=e-1').received('y', 'l=e-1');
    expect(counted(story)).toEqual({ ok: 2 });
  });

  test('a connection that broke and was resumed changes nothing', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1').ended('x');
    story.connected('x', 'e-1', 'resumed').received('x', 'l=e-2').received('y', 'k=e-1 l=e-2');
    expect(counted(story)).toEqual({ ok: 4 });
  });

  test('where a store may lose, a gap tells of what is missing', () => {
    const story = two('told').published('k=e-1 l=e-2 m=e-3').received('x', 'k=e-1 l=e-2 m=e-3');
    story.gap('y', 'e-0', 'e-3', 'e-3').received('y', 'm=e-3');
    expect(counted(story)).toEqual({ ok: 4, told: 2 });
  });

  test('a gap without an oldest goes on behind the newest', () => {
    const story = two('told')
      .published('k=e-1 l=e-2')
      .received('x', 'k=e-1 l=e-2')
      .gap('y', 'e-0', null, 'e-2');
    story.published('m=e-3').received('x', 'm=e-3').received('y', 'm=e-3');
    expect(counted(story)).toEqual({ ok: 4, told: 2 });
  });

  test('after a gap a stream may go back, and bring a retry again', () => {
    const story = two('told', '1-0')
      .sent('k')
      .answered('k', 'unknown')
      .received('x', 'k=1-5')
      .gap('x', '1-5', '2-1', '2-1');
    story
      .acknowledged('k', '2-1')
      .received('x', 'k=2-1')
      .gap('y', '1-0', '2-1', '2-1')
      .received('y', 'k=2-1');
    expect(judge(story.records).counts).toMatchObject({ repeated: 0, reordered: 0, silent_gap: 0, ok: 3 });
  });
});

describe('planted histories', () => {
  test('lost: acknowledged, and it never came', () => {
    expect(counted(two().published('k=e-1').received('x', 'k=e-1'))).toEqual({ ok: 1, lost: 1 });
  });

  test('lost: nobody got it', () => {
    expect(counted(two().published('k=e-1'))).toEqual({ lost: 2 });
  });

  test('lost: a gap tells of it, but the store had promised to keep it', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1 l=e-2');
    story.gap('y', 'e-0', 'e-2', 'e-2').received('y', 'l=e-2');
    expect(counted(story)).toEqual({ ok: 3, lost: 1 });
  });

  test('lost: it is in a new log, and the client stayed in the old one', () => {
    const story = two('told').published('k=e-1').received('x', 'k=e-1').received('y', 'k=e-1');
    story.gap('x', 'e-1', null, 'f-0', 'unknown').published('l=f-1').received('x', 'l=f-1');
    expect(counted(story)).toEqual({ ok: 3, lost: 1, false_gap: 1 });
  });

  test('silent gap: the stream went past it', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1 l=e-2').received('y', 'l=e-2');
    expect(counted(story)).toEqual({ ok: 3, silent_gap: 1 });
  });

  test('silent gap: a checkpoint went past it', () => {
    const story = two().published('k=e-1').received('x', 'k=e-1').position('y', 'e-1');
    expect(counted(story)).toEqual({ ok: 1, silent_gap: 1 });
  });

  test('silent gap: it was not acknowledged, but others got it', () => {
    const story = two().sent('k').received('x', 'k=e-1').published('l=e-2');
    story.received('x', 'l=e-2').received('y', 'l=e-2');
    expect(counted(story)).toEqual({ ok: 3, silent_gap: 1 });
  });

  test('silent gap: a client that came back began anew, and was told nothing', () => {
    const story = two().published('k=e-1').received('x', 'k=e-1').ended('y').connected('y', 'e-1', 'new');
    story.published('l=e-2').received('x', 'l=e-2').received('y', 'l=e-2');
    expect(counted(story)).toEqual({ ok: 3, silent_gap: 1 });
  });

  test('silent gap: `reset`, and no gap follows', () => {
    const story = two().ended('y').connected('y', undefined, 'reset').published('k=e-1');
    story.received('x', 'k=e-1').received('y', 'k=e-1');
    expect(counted(story)).toEqual({ ok: 2, silent_gap: 1 });
  });

  test('silent gap: an id of another log, and no gap before it', () => {
    const story = two('told').published('k=e-1').received('x', 'k=e-1').received('y', 'k=e-1');
    story.published('l=f-1').received('x', 'l=f-1').gap('y', 'e-1', 'f-1', 'f-1').received('y', 'l=f-1');
    expect(counted(story)).toEqual({ ok: 3, silent_gap: 1, false_gap: 1 });
  });

  test('silent gap: a stream says that it begins behind what is yet to be sent', () => {
    const story = new Story()
      .client('x')
      .connected('x', 'e-5')
      .published('k=e-4 l=e-6')
      .received('x', 'l=e-6');
    expect(counted(story)).toEqual({ ok: 1, silent_gap: 1 });
  });

  test('silent gap: a gap does not tell of what is sent after it', () => {
    const story = two('told').gap('y', 'e-0', null, 'e-9').published('k=e-1 l=e-10');
    story.received('x', 'k=e-1 l=e-10').received('y', 'l=e-10');
    expect(counted(story)).toEqual({ ok: 3, silent_gap: 1, false_gap: 1 });
  });

  test('repeated: the same event twice', () => {
    const story = two()
      .published('k=e-1 l=e-2')
      .received('x', 'k=e-1 l=e-2 l=e-2')
      .received('y', 'k=e-1 l=e-2');
    expect(counted(story)).toEqual({ ok: 4, repeated: 1 });
  });

  test('repeated: a whole replay that had come before', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1 l=e-2 k=e-1 l=e-2').left('y');
    expect(counted(story)).toEqual({ ok: 2, repeated: 2 });
  });

  test('repeated: a retry was added again, and all get it twice', () => {
    const story = two().sent('k').answered('k', 'unknown').sent('k').acknowledged('k', 'e-2');
    story.received('x', 'k=e-1 k=e-2').received('y', 'k=e-1 k=e-2');
    expect(counted(story)).toEqual({ ok: 2, repeated: 3 });
  });

  test('reordered: behind what stands after it', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1 l=e-2').received('y', 'l=e-2 k=e-1');
    expect(counted(story)).toEqual({ ok: 3, reordered: 1 });
  });

  test('reordered: acknowledged before another was sent, and behind it in the log', () => {
    const story = two().published('k=e-2 l=e-1').received('x', 'l=e-1 k=e-2').received('y', 'l=e-1 k=e-2');
    expect(counted(story)).toEqual({ ok: 4, reordered: 1 });
  });

  test('reordered: a checkpoint goes back', () => {
    const story = two().published('k=e-1').received('x', 'k=e-1').received('y', 'k=e-1').position('y', 'e-0');
    expect(counted(story)).toEqual({ ok: 2, reordered: 1 });
  });

  test.each<[string, Story]>([
    ['never published', two().received('x', 'k=e-1').left('y')],
    ['refused', two().sent('k').answered('k', 'refused').received('x', 'k=e-1').left('y')],
    ['not asked for', two().published('k=e-1', 'b').received('x', 'k=e-1', 'b')],
    ['of another topic than it was', two().published('k=e-1', 'b').received('x', 'k=e-1')],
  ])('phantom: received, and %s', (_, story) => {
    expect(counted(story)).toEqual({ phantom: 1 });
  });

  test('phantom: two events at one place', () => {
    const story = two().published('k=e-1').sent('l').received('x', 'k=e-1').received('y', 'l=e-1');
    expect(counted(story)).toEqual({ ok: 1, phantom: 1, lost: 1 });
  });

  test('false gap: a gap is told, and nothing is missing', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1 l=e-2').received('y', 'k=e-1');
    story.gap('y', 'e-1', 'e-2', 'e-2').received('y', 'l=e-2');
    expect(counted(story)).toEqual({ ok: 4, false_gap: 1 });
    expect(isBroken(judge(story.records).counts)).toBe(false);
  });

  test('unsaid: a failover lost it, and who was away was not told', () => {
    const story = two('failover', '1-0').published('k=1-1 l=1-3');
    story.received('x', 'k=1-1 l=1-3').received('y', 'l=1-3').held('l=1-3');
    expect(counted(story)).toEqual({ ok: 3, unsaid: 1 });
    expect(isBroken(judge(story.records).counts)).toBe(false);
  });

  test('silent gap: a failover excuses nothing that the log still has', () => {
    const story = two('failover', '1-0').published('k=1-1 l=1-3');
    story.received('x', 'k=1-1 l=1-3').received('y', 'l=1-3').held('k=1-1 l=1-3');
    expect(counted(story)).toEqual({ ok: 3, silent_gap: 1 });
  });

  test('lost: all got it, but the log has it no more', () => {
    const story = two().published('k=e-1 l=e-2').received('x', 'k=e-1 l=e-2').received('y', 'k=e-1 l=e-2');
    expect(counted(story.held('l=e-2'))).toEqual({ ok: 4, lost: 1 });
  });

  test('phantom: the log has what was refused; reordered: it has it in another order', () => {
    const story = two().published('k=e-1 l=e-2').sent('m').answered('m', 'refused');
    story.received('x', 'k=e-1 l=e-2').received('y', 'k=e-1 l=e-2').held('l=e-2 k=e-1 m=e-3');
    expect(counted(story)).toEqual({ ok: 4, phantom: 1, reordered: 1 });
  });

  test('several at once are all found, each at its client', () => {
    const story = two().client('z').connected('z', 'e-0').published('k=e-1 l=e-2 m=e-3');
    story
      .received('x', 'k=e-1 m=e-3 m=e-3 l=e-2')
      .received('y', 'k=e-1 l=e-2 p=e-9')
      .received('z', 'l=e-2 m=e-3');
    const { byClient, findings } = judge(story.records);
    expect(byClient.get('x')).toMatchObject({ ok: 2, repeated: 1, reordered: 1, silent_gap: 0 });
    expect(byClient.get('y')).toMatchObject({ ok: 2, phantom: 1, lost: 1 });
    expect(byClient.get('z')).toMatchObject({ ok: 2, silent_gap: 1 });
    for (const finding of findings) expect(BROKEN).toContain(finding.class);
  });
});
