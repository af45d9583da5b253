declare module 'sse-channel' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** The part of sse-channel 4 that is used here; it brings no types. */
  class SseChannel {
    constructor(options?: { readonly jsonEncode?: boolean; readonly historySize?: number });
    addClient(request: IncomingMessage, response: ServerResponse): void;
    send(message: { readonly id?: number; readonly data: unknown }): void;
  }
  export = SseChannel;
}
