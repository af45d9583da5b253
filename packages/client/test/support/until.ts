/** Waits until something holds; throws where it does not within `withinMs`. */
export async function until(holds: () => boolean, withinMs = 5_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** For what is to be shown not to happen. */
export const aWhile = (ms = 40): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A promise to be settled by the test. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle() };
}
