import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test, vi } from 'vitest';
import { useEventStream, useTopic } from '../src/react.ts';

function Cpu(): ReturnType<typeof createElement> {
  const { stream, status } = useEventStream<{ metric: { value: number } }>('/stream', { topics: ['metric'] });
  const metric = useTopic(stream, 'metric');
  return createElement('p', null, `${status.state} ${metric?.value ?? 'none'}`);
}

test('a server renders the state before any connection, and opens none', () => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  expect(renderToString(createElement(Cpu))).toBe('<p>connecting none</p>');
  expect(fetched).not.toHaveBeenCalled();
});
