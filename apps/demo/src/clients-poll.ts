import { objectOf } from './payloads.ts';

/** A connected client, as `/clients` tells. */
export interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly topics: readonly string[];
  readonly connectedAt: number;
  readonly eventsReceived: number;
  readonly queueSize: number;
}

export type ClientsAnswer =
  | { readonly kind: 'clients'; readonly count: number; readonly rows: readonly ClientRow[] }
  | { readonly kind: 'problem'; readonly text: string };

export const POLL_MS = 2_500;
const MAX_POLL_MS = 30_000;
/** Rows that are asked for; the count tells of the rest. */
export const MAX_ROWS = 100;

const REFUSALS: Readonly<Record<number, string>> = Object.freeze({
  401: 'This server asks for a login before it tells who is connected (401).',
  403: 'This server does not tell you who is connected (403).',
  404: 'This server has no list of clients (404).',
});

/**
 * Asks for the clients again and again, while the page is seen. After a failure it waits twice as long each time, up to
 * half a minute.
 *
 * @returns a function that asks at once.
 */
export function pollClients(onAnswer: (answer: ClientsAnswer) => void): () => void {
  let delayMs = POLL_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;

  async function ask(): Promise<void> {
    clearTimeout(timer);
    if (isAsking || document.hidden) return;
    isAsking = true;
    const answer = await askClients();
    isAsking = false;
    delayMs = answer.kind === 'clients' ? POLL_MS : Math.min(delayMs * 2, MAX_POLL_MS);
    onAnswer(answer);
    timer = setTimeout(() => void ask(), delayMs);
  }

  document.addEventListener('visibilitychange', () => void ask());
  void ask();
  return () => void ask();
}

/** Who is connected, or why that is not known. Never rejects. */
export async function askClients(): Promise<ClientsAnswer> {
  try {
    const response = await fetch(`/clients?limit=${MAX_ROWS}`, { cache: 'no-store' });
    if (!response.ok)
      return {
        kind: 'problem',
        text: REFUSALS[response.status] ?? `The list of clients failed with ${response.status}.`,
      };
    return clientsOf(await response.json());
  } catch {
    return { kind: 'problem', text: 'The server cannot be reached.' };
  }
}

/** The answer of `/clients`, whatever it was. */
export function clientsOf(body: unknown): ClientsAnswer {
  const { count, clients } = objectOf(body);
  if (!Array.isArray(clients)) return { kind: 'problem', text: 'The answer is no list of clients.' };
  const rows = clients.slice(0, MAX_ROWS).map(rowOf);
  return { kind: 'clients', count: typeof count === 'number' ? count : rows.length, rows };
}

function rowOf(client: unknown): ClientRow {
  const row = objectOf(client);
  return {
    id: String(row['client_id'] ?? ''),
    name: String(row['client_name'] ?? ''),
    tags: textsOf(row['tags']),
    topics: textsOf(row['topics']),
    connectedAt: Date.parse(String(row['connected_at'] ?? '')),
    eventsReceived: Number(row['events_received'] ?? 0),
    queueSize: Number(row['queue_size'] ?? 0),
  };
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}
