/** Where the HTML standard says it: its section, the anchor in the page, and its words. */
export interface Clause {
  readonly section: string;
  readonly anchor: string;
  readonly quote: string;
}

/** A name of ours for each clause. */
export type ClauseName =
  | 'bad-url'
  | 'url'
  | 'credentials'
  | 'ready-state'
  | 'constants'
  | 'handlers'
  | 'no-store'
  | 'accept'
  | 'close'
  | 'end-of-body'
  | 'network-error'
  | 'status'
  | 'content-type'
  | 'redirect'
  | 'announce'
  | 'reestablish'
  | 'delay'
  | 'not-connecting'
  | 'current-url'
  | 'last-event-id-header'
  | 'fail'
  | 'always-utf-8'
  | 'buffering'
  | 'decode'
  | 'bom'
  | 'lines'
  | 'empty-line'
  | 'comment'
  | 'value'
  | 'no-colon'
  | 'end-of-file'
  | 'literally'
  | 'event'
  | 'data'
  | 'id'
  | 'retry'
  | 'other-field'
  | 'set-last-event-id'
  | 'no-data'
  | 'last-line-feed'
  | 'message-event'
  | 'event-type'
  | 'reset-buffers'
  | 'dispatch-unless-closed';

const EVENT_SOURCE = { section: '9.2.2', anchor: 'the-eventsource-interface' };
const PROCESSING = { section: '9.2.3', anchor: 'sse-processing-model' };
const PARSING = { section: '9.2.5', anchor: 'parsing-an-event-stream' };
const INTERPRETING = { section: '9.2.6', anchor: 'event-stream-interpretation' };

/** The clauses that the cases hold a client to. */
export const CLAUSES: Readonly<Record<ClauseName, Clause>> = {
  'bad-url': { ...EVENT_SOURCE, quote: 'If urlRecord is failure, then throw a "SyntaxError" DOMException.' },
  url: {
    ...EVENT_SOURCE,
    quote: "The url attribute's getter must return the serialization of this EventSource object's url.",
  },
  credentials: {
    ...EVENT_SOURCE,
    quote: 'The withCredentials attribute must return the value to which it was last initialized.',
  },
  'ready-state': {
    ...EVENT_SOURCE,
    quote: 'When the object is created, its readyState must be set to CONNECTING (0).',
  },
  constants: {
    ...EVENT_SOURCE,
    quote:
      'const unsigned short CONNECTING = 0; const unsigned short OPEN = 1; const unsigned short CLOSED = 2;',
  },
  handlers: {
    ...EVENT_SOURCE,
    quote:
      'The following are the event handlers that must be supported, as event handler IDL attributes: onopen, onmessage, onerror.',
  },
  'no-store': { ...EVENT_SOURCE, quote: 'Set request\'s cache mode to "no-store".' },
  accept: {
    ...EVENT_SOURCE,
    quote: "User agents may set (`Accept`, `text/event-stream`) in request's header list.",
  },
  close: {
    ...EVENT_SOURCE,
    quote:
      'The close() method must abort any instances of the fetch algorithm started for this EventSource object, and must set the readyState attribute to CLOSED.',
  },
  'end-of-body': {
    ...EVENT_SOURCE,
    quote: 'If res is not a network error, then reestablish the connection.',
  },
  'network-error': {
    ...EVENT_SOURCE,
    quote:
      'Otherwise, if res is a network error, then reestablish the connection, unless the user agent knows that to be futile.',
  },
  status: {
    ...EVENT_SOURCE,
    quote: "Otherwise, if res's status is not 200, […] then fail the connection.",
  },
  'content-type': {
    ...EVENT_SOURCE,
    quote: "Otherwise, if […] res's `Content-Type` is not `text/event-stream`, then fail the connection.",
  },
  redirect: {
    ...EVENT_SOURCE,
    quote: 'Fetch request (whose redirect mode is "follow", by the Fetch standard).',
  },
  announce: {
    ...PROCESSING,
    quote:
      'queue a task which, if the readyState attribute is set to a value other than CLOSED, sets the readyState attribute to OPEN and fires an event named open',
  },
  reestablish: {
    ...PROCESSING,
    quote: 'Set the readyState attribute to CONNECTING. Fire an event named error at the EventSource object.',
  },
  delay: { ...PROCESSING, quote: 'Wait a delay equal to the reconnection time of the event source.' },
  'not-connecting': {
    ...PROCESSING,
    quote: "If the EventSource object's readyState attribute is not set to CONNECTING, then return.",
  },
  'current-url': {
    ...PROCESSING,
    quote:
      "Let request be the EventSource object's request. […] Fetch request (its current URL is the last of its URL list, to which each redirect has added; whatwg/html#503).",
  },
  'last-event-id-header': {
    ...PROCESSING,
    quote:
      "If the EventSource object's last event ID string is not the empty string, then: Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8. Set (`Last-Event-ID`, lastEventIDValue) in request's header list.",
  },
  fail: {
    ...PROCESSING,
    quote:
      'sets the readyState attribute to CLOSED and fires an event named error at the EventSource object. Once the user agent has failed the connection, it does not attempt to reconnect.',
  },
  'always-utf-8': { ...PARSING, quote: 'Event streams in this format must always be encoded as UTF-8.' },
  buffering: {
    ...PARSING,
    quote:
      'block buffering or line buffering with different expected line endings can cause delays in event dispatch',
  },
  decode: { ...INTERPRETING, quote: 'Streams must be decoded using the UTF-8 decode algorithm.' },
  bom: {
    ...INTERPRETING,
    quote: 'The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any.',
  },
  lines: {
    ...INTERPRETING,
    quote:
      'The stream must then be parsed by reading everything line by line, with a CRLF character pair, a single LF character not preceded by a CR character, and a single CR character not followed by a LF character being the ways in which a line can end.',
  },
  'empty-line': { ...INTERPRETING, quote: 'If the line is empty (a blank line): Dispatch the event.' },
  comment: {
    ...INTERPRETING,
    quote: 'If the line starts with a U+003A COLON character (:): Ignore the line.',
  },
  value: {
    ...INTERPRETING,
    quote:
      'Collect the characters on the line after the first U+003A COLON character (:), and let value be that string. If value starts with a U+0020 SPACE character, remove it from value.',
  },
  'no-colon': {
    ...INTERPRETING,
    quote: 'using the whole line as the field name, and the empty string as the field value',
  },
  'end-of-file': {
    ...INTERPRETING,
    quote: 'Once the end of the file is reached, any pending data must be discarded.',
  },
  literally: {
    ...INTERPRETING,
    quote: 'Field names must be compared literally, with no case folding performed.',
  },
  event: {
    ...INTERPRETING,
    quote: 'If the field name is "event": Set the event type buffer to the field value.',
  },
  data: {
    ...INTERPRETING,
    quote:
      'If the field name is "data": Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data buffer.',
  },
  id: {
    ...INTERPRETING,
    quote:
      'If the field name is "id": If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value. Otherwise, ignore the field.',
  },
  retry: {
    ...INTERPRETING,
    quote:
      'If the field name is "retry": If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, and set the event stream\'s reconnection time to that integer. Otherwise, ignore the field.',
  },
  'other-field': { ...INTERPRETING, quote: 'Otherwise: The field is ignored.' },
  'set-last-event-id': {
    ...INTERPRETING,
    quote:
      'Set the last event ID string of the event source to the value of the last event ID buffer. The buffer does not get reset, so the last event ID string of the event source remains set to this value until the next time it is set by the server.',
  },
  'no-data': {
    ...INTERPRETING,
    quote:
      'If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and return.',
  },
  'last-line-feed': {
    ...INTERPRETING,
    quote:
      "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character from the data buffer.",
  },
  'message-event': {
    ...INTERPRETING,
    quote:
      'Initialize event\'s type attribute to "message", its data attribute to data, its origin to the origin of the event stream\'s final URL (i.e., the URL after redirects), and its lastEventId attribute to the last event ID string of the event source.',
  },
  'event-type': {
    ...INTERPRETING,
    quote:
      'If the event type buffer has a value other than the empty string, change the type of the newly created event to equal the value of the event type buffer.',
  },
  'reset-buffers': {
    ...INTERPRETING,
    quote: 'Set the data buffer and the event type buffer to the empty string.',
  },
  'dispatch-unless-closed': {
    ...INTERPRETING,
    quote:
      'Queue a task which, if the readyState attribute is set to a value other than CLOSED, dispatches the newly created event at the EventSource object.',
  },
};
