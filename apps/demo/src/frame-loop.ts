/** How often numbers that depend on the time alone are brought up to date. */
const TICK_MS = 1_000;
/** At most so often is the page drawn, however many events come: nobody reads faster. */
const FRAME_MS = 200;
const CALM_FRAME_MS = 1_000;

/**
 * Draws on an animation frame after something has changed, and once a second; never while the page is hidden.
 *
 * Under reduced motion it draws once a second at most.
 *
 * @returns a function which says that something has changed.
 */
export function frameLoop(draw: () => void): () => void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let isAsked = false;
  let drawnAt = Number.NEGATIVE_INFINITY;

  function change(): void {
    if (isAsked || document.hidden) return;
    isAsked = true;
    const waitMs = drawnAt + (calm.matches ? CALM_FRAME_MS : FRAME_MS) - performance.now();
    setTimeout(() => requestAnimationFrame(run), Math.max(0, waitMs));
  }

  function run(): void {
    isAsked = false;
    drawnAt = performance.now();
    draw();
  }

  setInterval(change, TICK_MS);
  document.addEventListener('visibilitychange', () => change());
  change();
  return change;
}
