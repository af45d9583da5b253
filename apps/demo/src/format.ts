const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes with a unit of the thousands, such as `1.3 kB`. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  const decimals = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${bytes < 0 ? '-' : ''}${value.toFixed(decimals)} ${UNITS[unit]}`;
}

/** A count with separators, such as `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** Up to three digits that matter: `0.42`, `4.2`, `42`, `4,213`. */
export function formatRate(rate: number): string {
  if (rate >= 99.5) return formatCount(rate);
  if (rate >= 9.95) return rate.toFixed(0);
  return rate === 0 ? '0' : rate.toFixed(1);
}

/** A time span: `350 ms`, `5.2 s`, `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  return pair(Math.floor(seconds / 3_600), 'h', Math.floor((seconds % 3_600) / 60), 'min');
}

/** How long ago something was, in whole seconds: `just now`, `12 s ago`. */
export function formatAge(ms: number): string {
  if (ms < 1_000) return 'just now';
  return ms < 10_000 ? `${Math.floor(ms / 1_000)} s ago` : `${formatDuration(ms)} ago`;
}

function pair(great: number, greatUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${great} ${greatUnit}` : `${great} ${greatUnit} ${small} ${smallUnit}`;
}

/** The time of day where the reader is: `14:03:09`. */
export function formatTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** The same without the seconds. */
export function formatMinute(time: number): string {
  return formatTime(time).slice(0, 5);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
