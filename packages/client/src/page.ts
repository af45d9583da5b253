/** What a page tells of itself. Where there is no page, nothing is ever called. */
export interface PageListener {
  /** The page or the network came back; timers may have slept. */
  woken(): void;
  /** It may go at any moment. */
  hidden(): void;
  /** It has been hidden for as long as `graceMs`. */
  released(): void;
  /** It is seen again. */
  restored(): void;
}

/**
 * Listens until the function that it returns is called.
 *
 * @param graceMs - how long a page is hidden before it is released; `undefined`: it never is.
 */
export function watchPage(
  { woken, hidden, released, restored }: PageListener,
  graceMs: number | undefined,
): () => void {
  const { window, document } = globalThis;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const visibility = (): void => {
    clearTimeout(timer);
    if (document.visibilityState !== 'hidden') {
      restored();
      return woken();
    }
    hidden();
    if (graceMs !== undefined) timer = setTimeout(released, graceMs);
  };
  const listeners: [EventTarget | undefined, string, () => void][] = [
    [window, 'online', woken],
    [window, 'pageshow', woken],
    [window, 'pagehide', hidden],
    [document, 'resume', woken],
    [document, 'visibilitychange', visibility],
  ];
  for (const [target, type, listener] of listeners) target?.addEventListener?.(type, listener);
  return () => {
    clearTimeout(timer);
    for (const [target, type, listener] of listeners) target?.removeEventListener?.(type, listener);
  };
}
