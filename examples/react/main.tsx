import { useEventStream, useTopic } from '@sse/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

interface Topics {
  metric: { name: string; value: number; unit: string };
  alert: { name: string; state: 'raised' | 'cleared' };
}

// Another hub: ?url=http://…/stream
const url = new URLSearchParams(location.search).get('url') ?? 'http://localhost:8000/stream';

function Hub() {
  const { stream, status } = useEventStream<Topics>(url, {
    topics: ['metric', 'alert'],
    clientName: 'react-example',
  });
  const metric = useTopic(stream, 'metric');
  const alert = useTopic(stream, 'alert');
  return (
    <main>
      <p id="state">{status.state}</p>
      <p id="metric">
        {metric === undefined ? 'no metric yet' : `${metric.name}: ${metric.value} ${metric.unit}`}
      </p>
      <p id="alert">{alert === undefined ? 'no alert yet' : `${alert.name}: ${alert.state}`}</p>
      <button type="button" onClick={() => stream?.reconnect()}>
        Drop the connection
      </button>
    </main>
  );
}

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <Hub />
    </StrictMode>,
  );
