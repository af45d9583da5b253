/** A call from the process that runs the benchmark to one that it started, and what comes back. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

export interface Answer {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

/** Something that a process says by itself: how far its slowest subscriber is, as a count of events. */
export interface Progress {
  readonly progress: number;
}

export type Calls = Readonly<Record<string, (input: never) => unknown>>;

/** Answers calls by name for as long as the other side is there; ends this process with it. */
export function answerCalls(calls: Calls): void {
  process.on('message', ({ id, name, input }: Call) => {
    const call = calls[name] as ((input: unknown) => unknown) | undefined;
    void Promise.resolve()
      .then(() => {
        if (call === undefined) throw new Error(`Expected a call of ${Object.keys(calls)}, got ${name}`);
        return call(input);
      })
      .then(
        (output) => tell({ id, output }),
        (error: unknown) => tell({ id, error: error instanceof Error ? error.message : String(error) }),
      );
  });
  process.once('disconnect', () => process.exit());
}

/** Says something to the process that started this one. */
export function tell(message: Answer | Progress): void {
  // With a callback, a parent that is just leaving is no error of its own.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
