import { askClients } from './clients-poll.ts';
import { type PublishOutcome, publish } from './publish.ts';

export const SLOW_READER_NAME = 'slow-reader';
const FLOOD_TOPIC = 'flood';
/** At most so many events: some systems buffer 40 MB between a server and a page that does not read. */
const MAX_FLOOD_EVENTS = 450;
const FLOOD_EVENT_LENGTH = 240_000;
const FLOOD_LANES = 2;

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

  /**
   * Publishes what nobody else on this page asked for, until events wait for this reader, or some 100 MB are out. What is
   * published anyway then fills its queue, until the server ends it.
   */
  async flood(token: string): Promise<PublishOutcome> {
    const body = JSON.stringify({ type: FLOOD_TOPIC, filler: 'x'.repeat(FLOOD_EVENT_LENGTH) });
    let left = MAX_FLOOD_EVENTS;
    const lane = async (): Promise<PublishOutcome> => {
      let outcome: PublishOutcome = { isOk: true, text: '' };
      while (outcome.isOk && left-- > 0) {
        outcome = await publish(body, token);
        if (!(await this.#takesMore())) left = 0;
      }
      return outcome;
    };
    const outcomes = await Promise.all(Array.from({ length: FLOOD_LANES }, lane));
    return outcomes.find(({ isOk }) => !isOk) ?? { isOk: true, text: '' };
  }

  async #takesMore(): Promise<boolean> {
    const answer = await askClients();
    const rows = answer.kind === 'clients' ? answer.rows : [];
    return this.isRunning && rows.some(({ name, queueSize }) => name === SLOW_READER_NAME && queueSize === 0);
  }
}
