/** What a page tells of itself. Where there is no page, nothing is ever called. */
export interface PageListener {
  /** The page or the network came back; timers may have slept. */
  woken(): void;
  shown(): void;
  hidden(): void;
}

/** Listens until the function that it returns is called. */
export function watchPage({ woken, shown, hidden }: PageListener): () => void {
  const { window, document } = globalThis;
  const visibility = (): void => {
    if (document.visibilityState === 'hidden') return hidden();
    shown();
    woken();
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
    for (const [target, type, listener] of listeners) target?.removeEventListener?.(type, listener);
  };
}
