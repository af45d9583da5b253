import type { BroadcasterHooks, Client } from '@sse/core';
import type { ServerLog } from './logger.ts';

const identity = ({ id, name }: Client): object => ({ client_id: id, client_name: name });

/**
 * One log line for each stream that begins, ends, misses something or falls behind. Names are the client's own words;
 * core has refused control characters in them, and JSON escapes the rest.
 */
export function clientLog({ logger, quiet }: ServerLog): BroadcasterHooks {
  /** Open connections that have been called too slow. One line each: a line is an event, and would overflow them again. */
  const slow = new Set<string>();
  return {
    onConnect: (client) =>
      logger.info({ ...identity(client), topics: client.topics, tags: client.tags }, 'client connected'),
    onDisconnect: (client, reason) => {
      slow.delete(client.id);
      const seconds = Math.round((Date.now() - client.connectedAt) / 100) / 10;
      logger.info(
        { ...identity(client), reason, seconds, events_sent: client.eventsReceived },
        'client disconnected',
      );
    },
    onGap: (client, { reason, requested, oldest }) =>
      logger.info({ ...identity(client), reason, requested, oldest }, 'client missed events'),
    onOverflow: (client, dropped) => {
      if (slow.has(client.id)) return;
      slow.add(client.id);
      logger.warn({ ...identity(client), dropped, queue_size: client.queueSize }, 'client is too slow');
    },
    // Never published: it may be the publishing that failed.
    onError: (error, { during }) => quiet.error({ err: error, during }, 'the broadcaster failed'),
  };
}
