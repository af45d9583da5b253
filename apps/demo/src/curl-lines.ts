import { element, setText } from './dom.ts';

const COPIED_MS = 1_500;

/** Fills each place that the page has for a `curl` line. Answers with a function that brings the lines up to date. */
export function curlLines(lineOf: (name: string) => string): () => void {
  const lines = [...document.querySelectorAll<HTMLElement>('[data-curl]')].map((place) => {
    const code = element('code', { attributes: { tabindex: '0' } });
    const name = place.dataset['curl'] ?? '';
    const button = element('button', {
      class: 'button small',
      text: 'Copy',
      attributes: { type: 'button', 'aria-label': `Copy the curl line of ${name}` },
    });
    button.addEventListener('click', () => void copy(code, button));
    place.append(code, button);
    return () => setText(code, lineOf(name));
  });
  return () => {
    for (const update of lines) update();
  };
}

async function copy(code: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const isCopied = await copyText(code.textContent ?? '');
  // Without a clipboard, as on a page that came over plain http from another machine, the keyboard still has one.
  if (!isCopied) getSelection()?.selectAllChildren(code);
  setText(button, isCopied ? 'Copied' : 'Press Ctrl+C');
  setTimeout(() => setText(button, 'Copy'), COPIED_MS);
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
