import { byId, setText } from './dom.ts';
import { type PublishOutcome, publish, publishBody } from './publish.ts';
import type { SlowReader } from './slow-reader.ts';

export interface PublishPanelOptions {
  readonly slowReader: SlowReader;
  /** Called when what would be published has changed. */
  readonly onChange: () => void;
  readonly refreshClients: () => void;
}

export interface PublishPanel {
  /** The body that would be sent now; `{}` where the form has none. */
  body(): string;
  draw(): void;
}

/** The form for publishing. The token stays in its field: it is neither stored nor shown. */
export function publishPanel({ slowReader, onChange, refreshClients }: PublishPanelOptions): PublishPanel {
  const topic = byId('publish-topic', HTMLInputElement);
  const payload = byId('publish-payload', HTMLTextAreaElement);
  const token = byId('publish-token', HTMLInputElement);
  const flood = byId('flood', HTMLButtonElement);
  let isFlooding = false;

  function answer({ isOk, text }: PublishOutcome): void {
    const place = byId('publish-answer');
    setText(place, text);
    place.classList.toggle('bad', !isOk);
  }

  async function send(): Promise<void> {
    try {
      answer(await publish(publishBody(topic.value, payload.value), token.value));
    } catch (error) {
      answer({ isOk: false, text: (error as Error).message });
    }
  }

  async function startFlood(): Promise<void> {
    isFlooding = true;
    answer({ isOk: true, text: 'Flooding, with what only the slow reader asked for…' });
    const outcome = await slowReader.flood(token.value);
    isFlooding = false;
    answer(
      outcome.isOk
        ? { isOk: true, text: 'Flooded: its queue fills now. See the connected clients.' }
        : outcome,
    );
    refreshClients();
    onChange();
  }

  byId('publish').addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  byId('publish').addEventListener('input', onChange);
  flood.addEventListener('click', () => void startFlood());

  return {
    body() {
      try {
        return publishBody(topic.value, payload.value);
      } catch {
        return '{}';
      }
    },
    draw() {
      flood.disabled = isFlooding || !slowReader.isConnected || token.value === '';
    },
  };
}
