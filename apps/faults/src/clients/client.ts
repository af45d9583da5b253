import type { Recorder } from '../history.ts';

export interface ClientOptions {
  readonly name: string;
  readonly topics: readonly string[];
  readonly url: string;
  readonly recorder: Recorder;
  /** Where to begin; for raw clients. Absent: from now on. */
  readonly cursor?: string;
  /** What to put before a command, such as `ip netns exec …`; for clients that are processes. */
  readonly prefix?: readonly string[];
}

/** Reads a stream, comes back whenever it ends, and writes down what it sees. */
export interface FaultClient {
  /** Ends it for good. */
  stop(): Promise<void>;
}

export type StartClient = (options: ClientOptions) => FaultClient;

export function streamUrl({ url, topics, name }: ClientOptions): URL {
  const stream = new URL('/stream', url);
  if (topics.length > 0) stream.searchParams.set('topics', topics.join());
  stream.searchParams.set('client_name', name);
  return stream;
}
