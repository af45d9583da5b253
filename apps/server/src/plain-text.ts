// Built from its code, as a lint rule rightly dislikes control characters in a pattern.
const ESC = String.fromCharCode(0x1b);
const BEL = String.fromCharCode(0x07);

/**
 * Colours and cursor moves (CSI), titles and links (OSC), and the two-character escapes. No alternative can match the
 * same text in two ways, and every scan ends at the next ESC, so the time is linear whatever the text.
 */
const ANSI = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\)|[ -/]*[0-Z\\\\^-~])`,
  'g',
);
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const CONTROLS = /\p{Cc}/gu;

/** A text without ANSI escapes and control characters, on one line. Breaks and tabs become one space. */
export function plainText(text: string): string {
  return text.replace(ANSI, '').replace(BREAKS, ' ').replace(CONTROLS, '');
}
