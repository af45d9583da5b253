/**
 * Whether a topic fits one of the patterns: `*` stands for one segment, a last `**` for one or more. `undefined` is
 * everything.
 */
export function matchesTopic(patterns: readonly string[] | undefined, topic: string): boolean {
  return patterns?.some((pattern) => fits(pattern.split('.'), topic.split('.'))) ?? true;
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '**';
  if (isOpen ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every(
    (part, index) => part === '*' || part === segments[index] || (isOpen && part === '**'),
  );
}

/** An event's topic: its payload's `type` where it has one, else its name on the wire. */
export function topicOf(event: string, data: unknown): string {
  const type = (data as { readonly type?: unknown } | null | undefined)?.type;
  return typeof type === 'string' ? type : event;
}

/** Whether whoever has the topics `held` has these, too, as far as the patterns are the same. */
export function isWithin(
  topics: readonly string[] | undefined,
  held: readonly string[] | undefined,
): boolean {
  return held === undefined || (topics?.every((pattern) => held.includes(pattern)) ?? false);
}

/** What several ask for together; `undefined`, everything, swallows the rest. */
export function unionOfTopics(lists: Iterable<readonly string[] | undefined>): readonly string[] | undefined {
  const union = new Set<string>();
  for (const list of lists) {
    if (list === undefined) return undefined;
    for (const pattern of list) union.add(pattern);
  }
  return [...union].sort();
}
