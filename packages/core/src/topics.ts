import { refusal, SseError } from './errors.ts';

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

const GRAMMAR = `1 to ${TOPIC_LIMITS.maxSegments} dotted, non-empty segments of at most ${TOPIC_LIMITS.maxBytes} bytes \
without white space, control characters and commas, and with`;

function parseSegments(text: unknown, isPattern: boolean): string[] {
  const { maxBytes, maxSegments } = TOPIC_LIMITS;
  if (typeof text === 'string' && text.length <= maxBytes && encoder.encode(text).byteLength <= maxBytes) {
    const segments = text.split('.');
    const last = segments.length - 1;
    const fits = (segment: string, index: number): boolean =>
      segment.includes('*')
        ? isPattern && (segment === '*' || (segment === '**' && index === last))
        : segment !== '';
    if (last < maxSegments && !FORBIDDEN.test(text) && segments.every(fits)) return segments;
  }
  const stars = isPattern ? ' `*` as a whole segment or `**` as the last' : 'out `*`';
  throw refusal('invalid-topic', isPattern ? 'a pattern' : 'a topic', GRAMMAR + stars, text);
}

/**
 * Checks a topic: dotted, non-empty segments such as `orders.eu.created`.
 *
 * @throws SseError `invalid-topic`, saying what was expected.
 */
export function parseTopic(text: unknown): string {
  return parseSegments(text, false).join('.');
}

function matchSegments(pattern: readonly string[], topic: readonly string[]): boolean {
  for (let index = 0; index < pattern.length; index++) {
    if (index >= topic.length) return false;
    if (pattern[index] === '**') return true;
    if (pattern[index] !== '*' && pattern[index] !== topic[index]) return false;
  }
  return pattern.length === topic.length;
}

/** A list of patterns, each once; `**` stands for all of them. */
function parsePatterns(patterns: readonly string[]): [texts: readonly string[], parsed: string[][]] {
  const { maxPatterns } = TOPIC_LIMITS;
  if (!Array.isArray(patterns)) throw refusal('invalid-topic', 'the topics', 'a list', patterns);
  if (patterns.length > maxPatterns)
    throw new SseError('invalid-topic', `Expected at most ${maxPatterns} topics, got ${patterns.length}`);
  const texts = [...new Set<string>(patterns)];
  const parsed = texts.map((text) => parseSegments(text, true));
  return texts.includes('**') ? [['**'], [['**']]] : [texts, parsed];
}

/**
 * What a subscriber gets: what it asked for, and of that what it may see.
 *
 * `*` stands for exactly one segment; `**`, last, for one or more. Verdicts are remembered by the exact topic.
 */
export class TopicFilter {
  /** The patterns asked for, in that order, each once; `['**']` for everything. */
  readonly patterns: readonly string[];
  /** Equal for filters that let the same topics through for the same reason. */
  readonly key: string;
  /** The patterns asked for, and those that may be seen: a topic has to match one of each. */
  readonly #lists: readonly string[][][];
  readonly #memo = new Map<string, boolean>();

  /**
   * @param topics - Patterns asked for. Absent: everything.
   * @param allowed - Patterns that may be seen. Absent: everything. Empty: nothing.
   * @throws SseError `invalid-topic` for a bad pattern, too many, or an empty `topics`.
   */
  constructor(topics: readonly string[] = ['**'], allowed: readonly string[] = ['**']) {
    const [[asked, ...first], [rights, ...second]] = [parsePatterns(topics), parsePatterns(allowed)];
    if (asked.length === 0)
      throw refusal('invalid-topic', 'the topics', 'at least one, or left out for all', topics);
    this.patterns = asked;
    this.#lists = [...first, ...second];
    // A line end and a comma can be in no pattern, so no two lists share a key.
    this.key = [asked, rights].map((texts) => [...texts].sort().join()).join('\n');
  }

  matches(topic: string): boolean {
    const known = this.#memo.get(topic);
    if (known !== undefined) return known;
    const segments = topic.split('.');
    const verdict = this.#lists.every((list) => list.some((pattern) => matchSegments(pattern, segments)));
    if (this.#memo.size >= FILTER_MEMO_SIZE) this.#memo.clear();
    this.#memo.set(topic, verdict);
    return verdict;
  }
}
