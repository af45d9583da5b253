import { ClientJudge, type ClientMoment } from './client-judge.ts';
import type { EventText, Moment } from './records.ts';
import { Truth } from './truth.ts';

/** Something that must not be. */
export interface Fault {
  readonly what: string;
  /** Virtual time, milliseconds. */
  readonly at: number;
  /** The client that it happened to, where it was one. */
  readonly client?: number;
}

export interface Verdict {
  readonly faults: readonly Fault[];
  /** Events in the store, events that clients received, of those the ones that a gap had announced again; gaps told. */
  readonly appended: number;
  readonly received: number;
  readonly again: number;
  readonly gaps: number;
}

/** Judges a history by itself: nothing of the world that it was lived in is left. */
export function judge(moments: readonly Moment[]): Verdict {
  const truth = new Truth();
  const faults: Fault[] = [];
  const clients: ClientJudge[] = [];
  const published = new Map<number, readonly EventText[]>();
  let appended = 0;
  let now = 0;
  for (const moment of moments) {
    const fault = (what: string | undefined): void => {
      if (what !== undefined) faults.push({ what, at: moment.at });
    };
    switch (moment.kind) {
      case 'begin':
      case 'append':
      case 'evict':
      case 'lose':
        if (moment.kind === 'append') appended++;
        fault(truth.take(moment));
        break;
      case 'publish':
        published.set(moment.n, moment.events);
        break;
      case 'acknowledge':
        fault(falseAcknowledgement(truth, published.get(moment.n) ?? [], moment.ids));
        break;
      case 'refuse':
        break;
      case 'fault':
        fault(moment.what);
        break;
      case 'queue':
        fault(`a queue is out of its bounds: ${JSON.stringify(moment)}`);
        break;
      case 'left':
        for (const [what, count] of Object.entries(moment.what))
          if (count !== 0) fault(`left behind at the end: ${count} ${what}`);
        break;
      case 'rest': {
        moment.running.forEach((isRunning, server) => {
          if (!isRunning) fault(`server ${server} does not run again`);
        });
        now = moment.at;
        const newest = truth.place(moment.newest);
        if (newest !== undefined) for (const client of clients) client.rest(newest, moment.at);
        break;
      }
      case 'client': {
        const { client } = moment;
        clients[client] = new ClientJudge(truth, moment, (what) => {
          faults.push({ what, at: now, client });
        });
        break;
      }
      default:
        now = moment.at;
        clients[moment.client]?.take(moment satisfies ClientMoment);
    }
  }
  const sum = (name: 'events' | 'gaps' | 'again'): number =>
    clients.reduce((total, client) => total + client[name], 0);
  return { faults, appended, received: sum('events'), again: sum('again'), gaps: sum('gaps') };
}

function falseAcknowledgement(
  truth: Truth,
  events: readonly EventText[],
  ids: readonly string[],
): string | undefined {
  if (ids.length !== events.length) return `${events.length} events are acknowledged with ${ids.length} ids`;
  for (const [index, { topic, data, key, idempotencyKey }] of events.entries()) {
    const stored = truth.place(ids[index])?.event;
    if (stored === undefined) return `${ids[index]} is acknowledged and not in the store`;
    if (
      stored.topic !== topic ||
      stored.data !== data ||
      stored.key !== key ||
      stored.idempotencyKey !== idempotencyKey
    )
      return `${ids[index]} is acknowledged for ${topic} ${data}, and is ${stored.topic} ${stored.data}`;
  }
  return undefined;
}
