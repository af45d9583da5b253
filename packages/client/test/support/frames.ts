/** A block of a stream. */
export function frame(fields: { id?: string; event?: string; data?: unknown; retry?: number }): string {
  const { id, event, data, retry } = fields;
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(data === undefined ? [] : [`data: ${typeof data === 'string' ? data : JSON.stringify(data)}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** A published event. */
export const message = (id: string | number, fields: object = {}): string =>
  frame({ id: idOf(id), event: 'data', data: { type: 'metric', n: id, ...fields } });

/** What the server says of the stream. */
export const system = (type: string, fields: object = {}, id?: string): string =>
  frame({ ...(id !== undefined && { id }), event: 'system', data: { type, ...fields } });

export const connected = (fields: object = {}, id?: string): string =>
  system('connected', { client_id: 'c1', resume: 'new', heartbeat_ms: 30_000, ...fields }, id);

/** Ids of the memory log: `e-1`, `e-2`, … */
export const idOf = (id: string | number): string => (typeof id === 'number' ? `e-${id}` : id);
