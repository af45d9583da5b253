import type { Dashboard } from './dashboard.ts';
import { byId, setText } from './dom.ts';
import { formatAge } from './format.ts';
import type { Session } from './session.ts';
import { statusText } from './status-text.ts';

/** The state of the stream, and the button that connects and disconnects. Answers with a function that draws it. */
export function statusBar(dashboard: Dashboard, session: Session): (now: number) => void {
  const button = byId('connect', HTMLButtonElement);
  button.addEventListener('click', () => {
    if (session.isConnected) session.disconnect();
    else session.connect();
  });

  return (now) => {
    const { tone, title, detail } = statusText(session.status, Math.max(0, dashboard.retryAt - now));
    byId('status').dataset['tone'] = tone;
    setText(byId('status-title'), title);
    setText(byId('status-detail'), tone === 'good' ? heartbeatText(dashboard.heartbeatAt, now) : detail);
    setText(button, session.isConnected ? 'Disconnect' : 'Connect');
    button.classList.toggle('primary', !session.isConnected);
  };
}

function heartbeatText(heartbeatAt: number | undefined, now: number): string {
  if (heartbeatAt === undefined) return '';
  return `last heartbeat ${formatAge(now - heartbeatAt)}`;
}
