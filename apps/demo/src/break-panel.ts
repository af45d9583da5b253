import { type ClientRow, POLL_MS } from './clients-poll.ts';
import type { Dashboard } from './dashboard.ts';
import { byId, setText } from './dom.ts';
import { formatCount } from './format.ts';
import { outcomeText } from './outcome.ts';
import type { Session } from './session.ts';
import { SLOW_READER_NAME, type SlowReader } from './slow-reader.ts';

export interface BreakPanelOptions {
  readonly dashboard: Dashboard;
  readonly session: Session;
  readonly slowReader: SlowReader;
  readonly refreshClients: () => void;
  readonly change: () => void;
}

export interface BreakPanel {
  draw(now: number): void;
  heardClients(rows: readonly ClientRow[]): void;
}

const SLOW_IDLE = 'A second connection that never reads a byte. Nobody else notices.';

/** The buttons that break the stream, and what came of it. */
export function breakPanel(options: BreakPanelOptions): BreakPanel {
  const { dashboard, session, slowReader, refreshClients, change } = options;
  const drop = byId('break-drop', HTMLButtonElement);
  const offline = byId('break-offline', HTMLButtonElement);
  const forget = byId('break-forget', HTMLButtonElement);
  const slow = byId('break-slow', HTMLButtonElement);
  const slowText = byId('slow-text');
  let slowSince = 0;
  let wasSeen = false;

  drop.addEventListener('click', () => session.drop());
  forget.addEventListener('click', () => session.forgetCursor());
  offline.addEventListener('click', () => {
    if (session.isOffline) session.comeBack();
    else session.goOffline();
  });
  slow.addEventListener('click', () => void toggleSlowReader());

  async function toggleSlowReader(): Promise<void> {
    if (slowReader.isRunning) {
      slowReader.stop();
      setText(slowText, SLOW_IDLE);
    } else {
      slowSince = Date.now();
      wasSeen = false;
      setText(slowText, 'Connecting…');
      await slowReader.start().catch((error: Error) => setText(slowText, `Not connected: ${error.message}`));
    }
    refreshClients();
    change();
  }

  return {
    draw(now) {
      const isOpen = session.status?.state === 'open';
      drop.disabled = !isOpen;
      forget.disabled = !isOpen;
      offline.disabled = !session.isConnected;
      offline.setAttribute('aria-pressed', String(session.isOffline));
      setText(offline, session.isOffline ? 'Come back' : 'Go offline');
      slow.setAttribute('aria-pressed', String(slowReader.isRunning));
      setText(slow, slowReader.isRunning ? 'Stop' : 'Start');

      const { newest, isAway } = dashboard.interruptions;
      const replayed = dashboard.replayedSince;
      setText(byId('outcome'), outcomeText({ newest, isAway, replayed, now }));
      byId('outcome').dataset['kind'] = isAway ? 'away' : (newest?.kind ?? 'none');
    },

    heardClients(rows) {
      if (!slowReader.isConnected) return;
      const row = rows.find(({ name }) => name === SLOW_READER_NAME);
      if (row !== undefined) {
        wasSeen = true;
        setText(
          slowText,
          row.queueSize > 0
            ? `${formatCount(row.queueSize)} events wait for it.`
            : 'Connected. The buffers between it and the server still take everything; the form for publishing can flood it.',
        );
      } else if (wasSeen || Date.now() - slowSince > 2 * POLL_MS) {
        slowReader.stop();
        setText(slowText, 'The server ended it, as it was too slow. Nobody else noticed.');
        change();
      }
    },
  };
}
