import { refused } from './problem.ts';

/** One event's text, and where it stood: for messages. */
export interface EventText {
  readonly text: string;
  /** Such as `Event 3` or `Line 3`. */
  readonly place: string;
}

/**
 * Cuts a JSON text into the texts of its events: of an array, its elements; of anything else, itself.
 *
 * Nothing is parsed and every text stays as it was sent, so that `1.10` and digits beyond a double's precision survive.
 * Whether a text is JSON is left to `JSON.parse` of each: if all are, the whole is. Nesting beyond `maxDepth` is refused
 * with 400 here, before anything that recurses sees the text. Linear in its length.
 */
export function splitEvents(text: string, maxDepth: number): readonly EventText[] {
  const start = skipSpace(text, 0);
  if (text[start] !== '[') {
    scan(text, start, { maxDepth });
    return [{ text: trimSpace(text, start, text.length), place: 'The event' }];
  }
  const commas: number[] = [];
  const end = scan(text, start, { maxDepth, levelsAround: 1, commas });
  if (text[end] !== ']' || skipSpace(text, end + 1) < text.length)
    throw refused(400, 'Expected one JSON array and nothing after it');
  if (commas.length === 0 && skipSpace(text, start + 1) === end) return [];
  const bounds = [start, ...commas, end];
  return bounds.slice(1).map((bound, index) => ({
    text: trimSpace(text, (bounds[index] ?? 0) + 1, bound),
    place: `Event ${index}`,
  }));
}

/** Cuts newline-delimited JSON into the texts of its lines; empty lines are left out, but counted in `Line 3`. */
export function splitLines(text: string, maxDepth: number): readonly EventText[] {
  const events: EventText[] = [];
  text.split('\n').forEach((line, index) => {
    const trimmed = trimSpace(line, 0, line.length);
    if (trimmed === '') return;
    scan(trimmed, 0, { maxDepth });
    events.push({ text: trimmed, place: `Line ${index + 1}` });
  });
  return events;
}

interface Scan {
  readonly maxDepth: number;
  /** Levels that are around the event, and not its own. */
  readonly levelsAround?: number;
  /** Gets the places of the commas of the outermost level. */
  readonly commas?: number[];
}

/**
 * Walks over the brackets outside of strings. Answers the place of the bracket that closes the outermost one, or the
 * length of the text where none does.
 */
function scan(text: string, start: number, { maxDepth, levelsAround = 0, commas }: Scan): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    const char = text[index];
    if (char === '"') index = endOfString(text, index);
    else if (char === '{' || char === '[') {
      if (++depth > maxDepth + levelsAround)
        throw refused(400, `Expected JSON nested at most ${maxDepth} deep`);
    } else if (char === '}' || char === ']') {
      if (--depth <= 0) return index;
    } else if (char === ',' && depth === 1) commas?.push(index);
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '"') return index;
  }
  return text.length;
}

// JSON's own white space: `trim()` would also take characters that no JSON parser accepts.
const isSpace = (char: string | undefined): boolean =>
  char === ' ' || char === '\n' || char === '\r' || char === '\t';

function skipSpace(text: string, start: number): number {
  let index = start;
  while (isSpace(text[index])) index++;
  return index;
}

function trimSpace(text: string, start: number, end: number): string {
  const from = skipSpace(text, start);
  let to = end;
  while (to > from && isSpace(text[to - 1])) to--;
  return text.slice(from, to);
}
