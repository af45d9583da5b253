import { ProblemError } from './problem.ts';

/**
 * Splits the text of a JSON array into the texts of its elements, and bounds the depth, in one pass and before anything
 * is parsed: a deep text takes `JSON.parse` a second, and `JSON.stringify` down. The texts are kept as they came, so that
 * big numbers keep their digits. Anything but an array is one element.
 *
 * Looks at brackets and strings only; that each element is JSON is for `JSON.parse` to say.
 *
 * @throws ProblemError 400 for a text nested deeper than `maxDepth`; 413 for more than `maxElements`.
 */
export function splitJson(text: string, maxDepth: number, maxElements: number): readonly string[] {
  const trimmed = text.trim();
  const isArray = trimmed.startsWith('[') && trimmed.endsWith(']');
  const elements: string[] = [];
  let depth = 0;
  let inString = false;
  let from = 1;
  for (let at = 0; at < trimmed.length; at++) {
    const character = trimmed[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === '[' || character === '{') {
      if (++depth > maxDepth + (isArray ? 1 : 0))
        throw new ProblemError(400, `Expected JSON nested at most ${maxDepth} deep.`);
    } else if (character === ']' || character === '}') {
      depth--;
    } else if (character === ',' && depth === 1 && isArray) {
      elements.push(trimmed.slice(from, at));
      from = at + 1;
      if (elements.length >= maxElements)
        throw new ProblemError(413, `Expected at most ${maxElements} events.`);
    }
  }
  if (!isArray) return [trimmed];
  const last = trimmed.slice(from, -1);
  if (elements.length > 0 || last.trim() !== '') elements.push(last);
  return elements;
}
