import type { ConformanceCase, ExpectedEvent, Step, Theme } from '../case.ts';
import type { ClauseName } from '../clauses.ts';

type ParseCase = (
  name: string,
  title: string,
  body: string | readonly Step[],
  events: readonly (string | ExpectedEvent)[],
) => ConformanceCase;

/** Makes cases of one theme and clause that need one answer only: these bytes in, these events out, still open. */
export function parse(theme: Theme, clause: ClauseName): ParseCase {
  return (name, title, body, events) => ({
    id: `${slug(theme)}/${name}`,
    theme,
    title,
    clause,
    server: [{ body: typeof body === 'string' ? [body] : body }],
    expected: { events: events.map((event) => (typeof event === 'string' ? { data: event } : event)) },
  });
}

/** `UTF-8` → `utf-8`, `line ends` → `line-ends`. */
export function slug(theme: Theme): string {
  return theme.toLowerCase().replaceAll(' ', '-');
}
