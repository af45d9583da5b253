import type { Dashboard } from './dashboard.ts';
import { byId, element, setText } from './dom.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from './format.ts';
import type { Plug } from './plug.ts';
import { RateMeter } from './rate-meter.ts';
import type { Session } from './session.ts';

/** The row of numbers. Answers with a function that brings them up to date. */
export function countersPanel(dashboard: Dashboard, session: Session, plug: Plug): (now: number) => void {
  const list = byId('counters');
  const byteRate = new RateMeter();
  let seenBytes = 0;

  const events = counter(list, 'Events', 'per second, over the last five');
  const bytes = counter(list, 'Received', 'per second on the wire, over the last five');
  const latency = counter(
    list,
    'Latency',
    'median of the last 60 live events, from their timestamp to this page',
  );
  const reconnects = counter(list, 'Reconnects', 'connections after the first');
  const replayed = counter(list, 'Replayed', 'events that came from the history');
  const gaps = counter(list, 'Gaps', 'times that the server said that events may be missing');

  return (now) => {
    byteRate.add(plug.bytes - seenBytes, now);
    seenBytes = plug.bytes;
    const { connections, gaps: gapCount } = session.counters;
    const isComparable = plug.clockDifferenceMs === 0;
    const { medianMs } = dashboard.latency;
    events(formatRate(dashboard.eventRate.perSecond(now)), '/s');
    bytes(formatBytes(byteRate.perSecond(now)), '/s');
    latency(
      medianMs === undefined || !isComparable ? '–' : formatDuration(medianMs),
      isComparable ? '' : `clocks ${formatDuration(Math.abs(plug.clockDifferenceMs))} apart`,
    );
    reconnects(formatCount(Math.max(0, connections - 1)), '');
    replayed(formatCount(dashboard.replays.count), '');
    gaps(formatCount(Math.max(0, gapCount)), '');
  };
}

function counter(list: HTMLElement, title: string, help: string): (value: string, unit: string) => void {
  const value = element('span', { class: 'counter-value' });
  const unit = element('span', { class: 'counter-unit' });
  const name = element('dt', { text: title });
  const description = element('dd', {}, value, unit);
  list.append(element('div', { attributes: { title: help } }, name, description));
  return (text, unitText) => {
    setText(value, text);
    setText(unit, unitText);
  };
}
