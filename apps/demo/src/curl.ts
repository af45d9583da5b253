/** What a stream is asked for. */
export interface StreamQuery {
  readonly topics: readonly string[];
  readonly name: string;
  readonly tags: readonly string[];
}

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The query of `/stream`; commas stay as they are, so that a person can read it. */
export function streamPath({ topics, name, tags }: StreamQuery): string {
  const list = (words: readonly string[]): string => words.map(encodeURIComponent).join(',');
  const parts = [
    ...(topics.length > 0 ? [`topics=${list(topics)}`] : []),
    ...(name === '' ? [] : [`client_name=${encodeURIComponent(name)}`]),
    ...(tags.length > 0 ? [`tags=${list(tags)}`] : []),
  ];
  return parts.length === 0 ? '/stream' : `/stream?${parts.join('&')}`;
}

export function streamCurl(origin: string, query: StreamQuery): string {
  return `curl -N ${shellWord(origin + streamPath(query))}`;
}

export function getCurl(origin: string, path: string): string {
  return `curl ${shellWord(origin + path)}`;
}

/** The token stays a variable of the shell: a line that is copied ends up in histories and chats. */
export function publishCurl(origin: string, body: string): string {
  return [
    'curl -H "Authorization: Bearer $PUBLISH_TOKEN" -H \'Content-Type: application/json\'',
    `-d ${shellWord(body)} ${shellWord(`${origin}/events`)}`,
  ].join(' ');
}
