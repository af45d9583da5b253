import { readFileSync, writeFileSync } from 'node:fs';
import { GUARANTEES } from './built.ts';

const BEGIN = '<!-- faults -->';
const END = '<!-- /faults -->';

/** Puts a text between the marks of a page. @throws Error where the page has none. */
export function between(page: string, text: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`Expected the page to have ${BEGIN} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** Writes a report into docs/guarantees.md. */
export function writeReport(text: string): void {
  writeFileSync(GUARANTEES, between(readFileSync(GUARANTEES, 'utf8'), text));
}
