import { describeValue, SseError } from './errors.ts';

/** Bounds of topics and patterns. Beyond them: `invalid-topic`. */
export const TOPIC_LIMITS: Readonly<{
  /** Bytes of UTF-8 in a topic or pattern. */
  maxBytes: number;
  /** Dotted segments in a topic or pattern. */
  maxSegments: number;
  /** Patterns of one subscriber. */
  maxPatterns: number;
}> = Object.freeze({ maxBytes: 255, maxSegments: 16, maxPatterns: 100 });

/** Verdicts that one filter remembers; a full memo is emptied, never guessed from. */
export const FILTER_MEMO_SIZE = 1_000;

// Control, format and unassigned characters, lone surrogates, white space; `,` separates patterns in a query.
const FORBIDDEN = /[\p{C}\s,]/u;
const encoder = new TextEncoder();

function parseSegments(text: unknown, kind: 'topic' | 'pattern'): string[] {
  const refuse = (expected: string): SseError =>
    new SseError('invalid-topic', `Expected a ${kind} ${expected}, got ${describeValue(text)}`);
  if (typeof text !== 'string' || text === '') throw refuse('to be a non-empty string');
  if (text.length > TOPIC_LIMITS.maxBytes || encoder.encode(text).byteLength > TOPIC_LIMITS.maxBytes)
    throw refuse(`of at most ${TOPIC_LIMITS.maxBytes} bytes`);
  if (FORBIDDEN.test(text)) throw refuse('without white space, control characters and commas');
  const segments = text.split('.');
  if (segments.length > TOPIC_LIMITS.maxSegments)
    throw refuse(`of at most ${TOPIC_LIMITS.maxSegments} segments`);
  segments.forEach((segment, index) => {
    if (segment === '') throw refuse('of dotted segments, none of them empty');
    if (!segment.includes('*')) return;
    if (kind === 'topic') throw refuse('without `*`');
    if (segment === '**' && index < segments.length - 1) throw refuse('with `**` as its last segment only');
    if (segment !== '*' && segment !== '**') throw refuse('where `*` or `**` is a whole segment');
  });
  return segments;
}

/**
 * Checks a topic: dotted, non-empty segments such as `orders.eu.created`.
 *
 * @throws SseError `invalid-topic`, saying what was expected.
 */
export function parseTopic(text: unknown): string {
  return parseSegments(text, 'topic').join('.');
}

function matchSegments(pattern: readonly string[], topic: readonly string[]): boolean {
  for (let index = 0; index < pattern.length; index++) {
    if (index >= topic.length) return false;
    if (pattern[index] === '**') return true;
    if (pattern[index] !== '*' && pattern[index] !== topic[index]) return false;
  }
  return pattern.length === topic.length;
}

/** A list of patterns: whole topics in a set, the rest walked segment by segment. */
class PatternSet {
  readonly patterns: readonly string[];
  private readonly exact = new Set<string>();
  private readonly wild: (readonly string[])[] = [];

  constructor(texts: readonly string[]) {
    // A text has a length and items too: each of its letters would become a topic.
    if (!Array.isArray(texts))
      throw new SseError('invalid-topic', `Expected a list of topics, got ${describeValue(texts)}`);
    if (texts.length > TOPIC_LIMITS.maxPatterns)
      throw new SseError(
        'invalid-topic',
        `Expected at most ${TOPIC_LIMITS.maxPatterns} topics, got ${texts.length}`,
      );
    const parsed = new Map<string, readonly string[]>();
    for (const text of texts) parsed.set(text, parseSegments(text, 'pattern'));
    this.patterns = parsed.has('**') ? ['**'] : [...parsed.keys()].sort();
    for (const pattern of this.patterns) {
      const segments = parsed.get(pattern) ?? [];
      if (pattern.includes('*')) this.wild.push(segments);
      else this.exact.add(pattern);
    }
  }

  matches(topic: string): boolean {
    if (this.exact.has(topic)) return true;
    if (this.wild.length === 0) return false;
    const segments = topic.split('.');
    return this.wild.some((pattern) => matchSegments(pattern, segments));
  }
}

/**
 * What a subscriber gets: what it asked for, and of that what it may see.
 *
 * `*` stands for exactly one segment; `**`, last, for one or more. Verdicts are remembered by the exact topic.
 */
export class TopicFilter {
  /** The patterns asked for: unique, sorted; `['**']` for everything. */
  readonly patterns: readonly string[];
  /** Equal for filters that let the same topics through for the same reason. */
  readonly key: string;
  private readonly asked: PatternSet;
  private readonly rights: PatternSet | undefined;
  private readonly memo = new Map<string, boolean>();

  /**
   * @param topics - Patterns asked for. Absent: everything.
   * @param allowed - Patterns that may be seen. Absent: everything. Empty: nothing.
   * @throws SseError `invalid-topic` for a bad pattern, too many, or an empty `topics`.
   */
  constructor(topics: readonly string[] = ['**'], allowed?: readonly string[]) {
    if (topics.length === 0)
      throw new SseError(
        'invalid-topic',
        'Expected at least one topic, got an empty list; leave it out for all topics',
      );
    this.asked = new PatternSet(topics);
    this.rights = allowed === undefined ? undefined : new PatternSet(allowed);
    this.patterns = this.asked.patterns;
    // A line end can be in no pattern, so no two lists share a key.
    this.key = [this.patterns, this.rights?.patterns ?? ['**']].map((list) => list.join(',')).join('\n');
  }

  matches(topic: string): boolean {
    const known = this.memo.get(topic);
    if (known !== undefined) return known;
    const verdict = this.asked.matches(topic) && (this.rights?.matches(topic) ?? true);
    if (this.memo.size >= FILTER_MEMO_SIZE) this.memo.clear();
    this.memo.set(topic, verdict);
    return verdict;
  }
}
