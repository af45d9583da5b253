/** What a terminal could take for a command, or show in another order than it stands: controls, formats, separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');

/** A text of a stranger for one line of a terminal. JSON stays the same JSON. */
export function printable(text: string): string {
  return text.replace(UNSEEN, escaped);
}
