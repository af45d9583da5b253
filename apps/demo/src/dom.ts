/** The element with this id, of the type that the script counts on. The page and its script are built together. */
export function byId<Type extends Element = HTMLElement>(
  id: string,
  type: abstract new () => Type = HTMLElement as unknown as abstract new () => Type,
): Type {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`Expected an element #${id} (${type.name}) in index.html`);
}

export interface ElementOptions {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A new element. Texts only ever become text. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  options: ElementOptions = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (options.class !== undefined) made.className = options.class;
  if (options.text !== undefined) made.textContent = options.text;
  for (const [key, value] of Object.entries(options.attributes ?? {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Sets a text where it differs: the same text set again would be laid out again, and read out again. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}
