import { EventSource } from 'eventsource';
import { onTestFinished } from 'vitest';

/** Puts the `eventsource` package where a browser has its own, for one test. */
export function withNativeEventSource(): void {
  Object.assign(globalThis, { EventSource });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, 'EventSource');
  });
}

/** Prepares one test for a transport. */
export function useTransport(transport: 'fetch' | 'native'): { readonly transport: 'fetch' | 'native' } {
  if (transport === 'native') withNativeEventSource();
  return { transport };
}
