import { now, type Outcome, type Recorder } from './history.ts';
import { TOKEN } from './plant/hub-process.ts';
import type { Random } from './random.ts';
import { pause } from './wait.ts';

export interface PublisherOptions {
  readonly name: string;
  /** Servers that it may publish through, the one it likes best first. */
  readonly urls: readonly string[];
  readonly topics: readonly string[];
  readonly recorder: Recorder;
  readonly random: Random;
  /** Mean time between events. */
  readonly everyMs: number;
}

const ATTEMPT_MS = 4_000;
const RETRY_MS = 150;
/** An event is given up after so long; a hub keeps its key for longer. */
const GIVE_UP_MS = 30_000;

interface Answer {
  readonly outcome: Outcome;
  readonly id?: string;
}

/** Publishes one event after the other, each until it is acknowledged or given up, through whichever server answers. */
export class Publisher {
  #count = 0;
  #server = 0;
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { random, topics, everyMs } = this.#options;
    while (!signal.aborted) {
      // One in fifty has a wrong token: it is refused, and may never be seen.
      await this.publish(random.pick(topics), {
        token: random.next() < 0.02 ? 'a-wrong-token-of-16' : TOKEN,
      });
      await pause(random.between(0, 2 * everyMs), signal);
    }
  }

  /** Answers its key if it was acknowledged. */
  async publish(
    topic: string,
    { token = TOKEN, giveUpMs = GIVE_UP_MS }: { readonly token?: string; readonly giveUpMs?: number } = {},
  ): Promise<string | undefined> {
    const { name, recorder, urls, random } = this.#options;
    const n = this.#count++;
    const key = `${name}-${n}`;
    const padding = random.next() < 0.05 ? 'x'.repeat(20_000) : '';
    const body = JSON.stringify({ type: topic, key, n, ...(padding !== '' && { padding }) });
    const end = now() + giveUpMs;
    for (let attempt = 0; attempt === 0 || now() < end; attempt++) {
      recorder.add({ kind: 'sent', at: now(), key, topic, n });
      const answer = await post(urls[this.#server % urls.length] ?? '', body, key, token);
      recorder.add({ kind: 'answered', at: now(), key, ...answer });
      if (answer.outcome === 'acknowledged') return key;
      if (token !== TOKEN && answer.outcome === 'refused') return undefined;
      this.#server += 1;
      await pause(RETRY_MS);
    }
    return undefined;
  }
}

async function post(url: string, body: string, key: string, token: string): Promise<Answer> {
  try {
    const response = await fetch(`${url}/events`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body,
      signal: AbortSignal.timeout(ATTEMPT_MS),
    });
    const text = await response.text();
    const { status } = response;
    if (status === 202) {
      const { ids } = JSON.parse(text) as { ids: readonly string[] };
      const [id = ''] = ids;
      return { outcome: 'acknowledged', id };
    }
    // 503 says: send it again with the same key. It may be in the log.
    return { outcome: status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown' };
  } catch {
    return { outcome: 'unknown' };
  }
}
