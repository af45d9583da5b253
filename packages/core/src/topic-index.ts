interface Node<Value> {
  /** By the next segment, `*` and `**` among them: no topic has such a segment. */
  readonly children: Map<string, Node<Value>>;
  /** Those whose pattern ends here. */
  readonly values: Set<Value>;
}

const createNode = <Value>(): Node<Value> => ({ children: new Map(), values: new Set() });

/**
 * Who asked for a topic, found by walking its segments: what it costs follows those that match, however many do not.
 *
 * Bounded by what is in it: what is removed leaves nothing behind.
 */
export class TopicIndex<Value> {
  readonly #root = createNode<Value>();

  /** Adding twice is adding once. */
  add(pattern: string, value: Value): void {
    let node = this.#root;
    for (const segment of pattern.split('.')) {
      const child = node.children.get(segment) ?? createNode<Value>();
      node.children.set(segment, child);
      node = child;
    }
    node.values.add(value);
  }

  /** What was not added is no error. */
  delete(pattern: string, value: Value): void {
    remove(this.#root, pattern.split('.'), value);
  }

  /** Everyone with a pattern that `topic` matches, each once. */
  find(topic: string): ReadonlySet<Value> {
    const found = new Set<Value>();
    collect(this.#root, topic.split('.'), 0, found);
    return found;
  }
}

function collect<Value>(
  { children, values }: Node<Value>,
  segments: readonly string[],
  at: number,
  found: Set<Value>,
): void {
  const segment = segments[at];
  if (segment === undefined) {
    for (const value of values) found.add(value);
    return;
  }
  for (const value of children.get('**')?.values ?? []) found.add(value);
  for (const name of [segment, '*']) {
    const child = children.get(name);
    if (child !== undefined) collect(child, segments, at + 1, found);
  }
}

function remove<Value>(node: Node<Value>, [segment, ...rest]: readonly string[], value: Value): void {
  if (segment === undefined) {
    node.values.delete(value);
    return;
  }
  const child = node.children.get(segment);
  if (child === undefined) return;
  remove(child, rest, value);
  if (child.children.size + child.values.size === 0) node.children.delete(segment);
}
