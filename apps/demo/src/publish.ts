import { objectOf } from './payloads.ts';

/** What became of a publish: a sentence to show. */
export interface PublishOutcome {
  readonly isOk: boolean;
  readonly text: string;
}

/**
 * The body of `POST /events` for a topic and the text of a JSON object. The topic is the payload's `type`, in front.
 *
 * @throws Error that says what was expected.
 */
export function publishBody(topic: string, payload: string): string {
  if (topic.trim() === '') throw new Error('Expected a topic, such as orders.eu.created');
  let value: unknown;
  try {
    value = payload.trim() === '' ? {} : JSON.parse(payload);
  } catch (error) {
    throw new Error(`Expected JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('Expected a JSON object, such as {"id":17}');
  const { type: _, ...rest } = objectOf(value);
  return JSON.stringify({ type: topic.trim(), ...rest });
}

/** Sends a body, one object or a list of them. Never rejects: what went wrong is the outcome. */
export async function publish(body: string, token: string): Promise<PublishOutcome> {
  try {
    const response = await fetch('/events', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
      },
      body,
    });
    const answer = objectOf(await response.json().catch(() => ({})));
    if (response.status === 202) return { isOk: true, text: `202 Accepted: ${idsOf(answer['ids'])}` };
    const detail = typeof answer['detail'] === 'string' ? answer['detail'] : response.statusText;
    return { isOk: false, text: `${response.status} ${String(answer['title'] ?? '')}: ${detail}` };
  } catch (error) {
    return { isOk: false, text: `Not sent: ${(error as Error).message}` };
  }
}

function idsOf(ids: unknown): string {
  const list = Array.isArray(ids) ? ids.map(String) : [];
  return list.length > 2 ? `${list[0]} … ${list.at(-1)}, ${list.length} events` : list.join(', ');
}
