import { type PublishOutcome, publish } from './publish.ts';

export const SLOW_READER_NAME = 'slow-reader';
const FLOOD_TOPIC = 'flood';
/** Events of the flood: more than the buffers of a browser and two kernels between it and the server. */
const FLOOD_EVENTS = 100;
const FLOOD_EVENT_LENGTH = 240_000;

/** A second connection which asks for a stream and never reads it. */
export class SlowReader {
  #controller: AbortController | undefined;
  // Held only so that it is not collected, which would close the connection.
  #response: Response | undefined;

  get isRunning(): boolean {
    return this.#controller !== undefined;
  }

  get isConnected(): boolean {
    return this.#response !== undefined;
  }

  /** Opens the connection. Rejects where the server refuses it, or cannot be reached. */
  async start(): Promise<void> {
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const response = await fetch(
        `/stream?topics=${FLOOD_TOPIC},metric,log&client_name=${SLOW_READER_NAME}&tags=demo,never-reads`,
        { signal: controller.signal, cache: 'no-store' },
      );
      if (!response.ok) throw new Error(`The server answered ${response.status}`);
      this.#response = response;
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop(): void {
    this.#controller?.abort();
    this.#controller = undefined;
    this.#response = undefined;
  }

  /** Publishes some 24 MB which nobody else on this page asked for, until the server no longer takes it or is done. */
  async flood(token: string): Promise<PublishOutcome> {
    const body = JSON.stringify({ type: FLOOD_TOPIC, filler: 'x'.repeat(FLOOD_EVENT_LENGTH) });
    let outcome: PublishOutcome = { isOk: false, text: 'Nothing to flood' };
    for (let count = 0; count < FLOOD_EVENTS && this.isRunning; count++) {
      outcome = await publish(body, token);
      if (!outcome.isOk) return outcome;
    }
    return outcome;
  }
}
