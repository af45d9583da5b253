import { checkList } from './checks.ts';
import { refusal } from './errors.ts';
import { isLonger } from './frame.ts';

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

// A segment has no control, format and unassigned characters, no lone surrogates and no white space; `,` separates
// patterns in a query. Before the last one there are at most 15.
const TOPIC = /^([^\p{C}\s,.*]+\.){0,15}[^\p{C}\s,.*]+$/u;
const PATTERN = /^(([^\p{C}\s,.*]+|\*)\.){0,15}([^\p{C}\s,.*]+|\*\*?)$/u;

const GRAMMAR = `1 to ${TOPIC_LIMITS.maxSegments} dotted, non-empty segments of at most ${TOPIC_LIMITS.maxBytes} bytes \
without white space, control characters or commas, with`;

function parse(text: unknown, grammar: RegExp, what: string, stars: string): string {
  if (typeof text === 'string' && !isLonger(text, TOPIC_LIMITS.maxBytes) && grammar.test(text)) return text;
  throw refusal('invalid-topic', what, GRAMMAR + stars, text);
}

/**
 * Checks a topic: dotted, non-empty segments such as `orders.eu.created`.
 *
 * @throws SseError `invalid-topic`, saying what was expected.
 */
export function parseTopic(text: unknown): string {
  return parse(text, TOPIC, 'a topic', 'out `*`');
}

/** A list of patterns, each once; `**` stands for all of them. */
function parsePatterns(patterns: readonly string[]): readonly string[] {
  checkList('invalid-topic', 'topics', patterns, TOPIC_LIMITS.maxPatterns);
  const texts = [...new Set(patterns)];
  for (const text of texts) parse(text, PATTERN, 'a pattern', ' `*` as a whole segment or `**` as the last');
  return texts.includes('**') ? ['**'] : texts;
}

type Segments = readonly string[];

const split = (text: string): Segments => text.split('.');

function fits(pattern: Segments, topic: Segments): boolean {
  for (const [at, segment] of pattern.entries()) {
    if (segment === '**') return at < topic.length;
    if (segment !== topic[at] && (segment !== '*' || at >= topic.length)) return false;
  }
  return pattern.length === topic.length;
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
  /** Of the patterns asked for, and of those that may be seen: a topic has to match both. */
  readonly #lists: readonly (readonly Segments[])[];
  /** Whether it was said what may be seen. */
  readonly #granted: boolean;
  readonly #memo = new Map<string, boolean>();

  /**
   * @param topics - Patterns asked for. Absent: everything.
   * @param allowed - Patterns that may be seen. Absent: everything that is not private. Empty: nothing.
   * @throws SseError `invalid-topic` for a bad pattern, too many, or an empty `topics`.
   */
  constructor(topics: readonly string[] = ['**'], allowed?: readonly string[]) {
    this.patterns = parsePatterns(topics);
    this.#granted = allowed !== undefined;
    const lists = [this.patterns, parsePatterns(allowed ?? ['**'])];
    if (topics.length === 0)
      throw refusal('invalid-topic', 'the topics', 'at least one, or left out for all', topics);
    this.#lists = lists.map((list) => list.map(split));
    // A line end and a comma can be in no pattern, so no two lists share a key.
    this.key = lists.map((texts) => [...texts].sort().join()).join('\n') + this.#granted;
  }

  /** Whether a topic's events pass; `isPrivate` are those that only explicit rights let through. */
  matches(topic: string, isPrivate?: boolean): boolean {
    if (isPrivate && !this.#granted) return false;
    const known = this.#memo.get(topic);
    if (known !== undefined) return known;
    const segments = split(topic);
    const verdict = this.#lists.every((list) => list.some((pattern) => fits(pattern, segments)));
    if (this.#memo.size >= FILTER_MEMO_SIZE) this.#memo.clear();
    this.#memo.set(topic, verdict);
    return verdict;
  }
}
