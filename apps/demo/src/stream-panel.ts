import { byId, element, setText } from './dom.ts';
import type { Session } from './session.ts';

/** Topics with a switch of their own; `demo.**` is what the form below publishes. */
const SWITCHES = ['metric', 'log', 'alert', 'heartbeat', 'demo.**'] as const;
export const FIRST_TOPICS: readonly string[] = SWITCHES;

export interface StreamPanelOptions {
  readonly session: Session;
  /** Called when what the stream is asked for has changed. */
  readonly onChange: () => void;
}

/** Name, tags and topics of this page's stream. Each change takes effect at once, and costs no event. */
export function streamPanel({ session, onChange }: StreamPanelOptions): void {
  const name = byId('client-name', HTMLInputElement);
  const tags = byId('client-tags', HTMLInputElement);
  const more = byId('more-topics', HTMLInputElement);
  const note = byId('stream-note');
  name.value = session.query.name;
  tags.value = session.query.tags.join(',');

  function applyIdentity(): void {
    const newName = name.value.trim();
    const newTags = words(tags.value);
    if (newName === session.query.name && newTags.join() === session.query.tags.join()) return;
    session.setIdentity(newName, newTags);
    onChange();
  }

  async function applyTopics(): Promise<void> {
    const chosen = [...switches.filter(isOn).map((chip) => chip.value), ...words(more.value)];
    if (chosen.length === 0) {
      setText(note, 'A stream has at least one topic. To hear nothing, disconnect.');
      return;
    }
    const isNew = chosen.join() !== session.query.topics.join();
    setText(note, '');
    if (!isNew) return;
    const applied = session.setTopics(chosen);
    onChange();
    await applied.catch((error: Error) => setText(note, `Not changed: ${error.message}`));
  }

  const switches = SWITCHES.map((topic) => {
    const chip = element('button', {
      class: 'chip',
      text: topic,
      attributes: { type: 'button', value: topic, 'aria-pressed': 'true' },
    });
    chip.addEventListener('click', () => {
      chip.setAttribute('aria-pressed', String(!isOn(chip)));
      void applyTopics();
    });
    return chip;
  });
  byId('topics').append(...switches);

  byId('identity').addEventListener('submit', (event) => {
    event.preventDefault();
    applyIdentity();
  });
  name.addEventListener('change', applyIdentity);
  tags.addEventListener('change', applyIdentity);
  more.addEventListener('change', () => void applyTopics());
}

function isOn(chip: HTMLButtonElement): boolean {
  return chip.getAttribute('aria-pressed') === 'true';
}

function words(text: string): readonly string[] {
  return [...new Set(text.split(',').map((word) => word.trim()))].filter((word) => word !== '');
}
