/** Whether one of the patterns asks for a topic: `*` is one segment, a last `**` one or more. No pattern: everything. */
export function asksFor(patterns: readonly string[], topic: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matches(pattern.split('.'), topic.split('.')));
}

function matches(pattern: readonly string[], topic: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return topic.length === 0;
  if (first === '**' && rest.length === 0) return topic.length > 0;
  return topic.length > 0 && (first === '*' || first === topic[0]) && matches(rest, topic.slice(1));
}
