/** A reading that a chart can show. */
export interface MetricReading {
  readonly name: string;
  readonly value: number;
  readonly time: number;
}

export interface AlertReading {
  readonly name: string;
  readonly state: string;
  readonly value: number | undefined;
  readonly threshold: number | undefined;
  readonly time: number;
}

export interface LogReading {
  readonly level: string;
  readonly source: string;
  readonly text: string;
  readonly time: number;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_NAME_LENGTH = 128;

// Whoever has the token can publish anything under any topic, so nothing is taken for granted of a payload.

export function metricOf(data: unknown): MetricReading | undefined {
  const { name, value, timestamp } = objectOf(data);
  const time = timeOf(timestamp);
  if (typeof name !== 'string' || typeof value !== 'number' || time === undefined) return undefined;
  return Number.isFinite(value) ? { name, value, time } : undefined;
}

export function alertOf(data: unknown, now: number): AlertReading | undefined {
  const { name, state, value, threshold, timestamp } = objectOf(data);
  if (typeof name !== 'string' || typeof state !== 'string') return undefined;
  return {
    name: name.slice(0, MAX_NAME_LENGTH),
    state: state.slice(0, MAX_NAME_LENGTH),
    value: typeof value === 'number' ? value : undefined,
    threshold: typeof threshold === 'number' ? threshold : undefined,
    time: timeOf(timestamp) ?? now,
  };
}

export function logOf(data: unknown, now: number): LogReading {
  const { level, message, source, timestamp, fields } = objectOf(data);
  const told = Object.entries(objectOf(fields)).map(([key, value]) => `${key}=${String(value)}`);
  const text = typeof message === 'string' ? message : textOf(data);
  return {
    level: typeof level === 'string' ? level.slice(0, MAX_NAME_LENGTH) : 'info',
    source: typeof source === 'string' ? source.slice(0, MAX_NAME_LENGTH) : '',
    text: [text, ...told].join('  '),
    time: timeOf(timestamp) ?? now,
  };
}

/** Any payload as one text. */
export function textOf(data: unknown): string {
  return typeof data === 'string' ? data : (JSON.stringify(data) ?? '');
}

/** The time that a payload says, in milliseconds; `undefined` where it says none. */
export function timeOf(timestamp: unknown): number | undefined {
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

export function objectOf(data: unknown): JsonObject {
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as JsonObject) : {};
}
