/** A promise that is made when it is first asked for: of ten thousand streams hardly anyone waits for the end. */
export class LatePromise<Value extends string> {
  #value: Value | undefined;
  #promise: Promise<Value> | undefined;
  #resolve: ((value: Value) => void) | undefined;

  get promise(): Promise<Value> {
    this.#promise ??= new Promise((resolve) => {
      if (this.#value === undefined) this.#resolve = resolve;
      else resolve(this.#value);
    });
    return this.#promise;
  }

  /** The first value counts. */
  settle(value: Value): void {
    this.#value ??= value;
    this.#resolve?.(this.#value);
  }
}
