import { createElement, type ReactElement, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { type EventStreamHandle, useEventStream, useTopic } from './react.ts';

interface Topics {
  readonly metric: { readonly value: number };
}

test('on a server a component renders as before the first event, and nothing connects', () => {
  let requests = 0;
  const handles: EventStreamHandle<Topics>[] = [];
  const fetch = (): Promise<Response> => {
    requests += 1;
    return Promise.reject(new TypeError('fetch failed'));
  };
  function Metric(): ReactElement {
    const handle = useEventStream<Topics>('http://hub.example/stream', { topics: ['metric'], fetch });
    handles.push(handle);
    const metric = useTopic(handle.stream, 'metric');
    return createElement('p', null, `${handle.status.state} ${metric?.value ?? 'nothing'}`);
  }
  const page = createElement(StrictMode, null, createElement(Metric), createElement(Metric));
  expect(renderToString(page)).toBe('<p>connecting nothing</p><p>connecting nothing</p>');
  expect(requests).toBe(0);
  for (const { stream, status } of handles) {
    expect(stream).toBeUndefined();
    expect(status).toEqual({ state: 'connecting', reason: 'start', attempt: 0 });
  }
});
