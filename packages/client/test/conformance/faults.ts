/** What the reference client can be made to do wrong. */
export type Fault =
  | 'ignores a block with only an id'
  | 'strips two marks'
  | 'strips no mark'
  | 'holds a final CR'
  | 'takes CRLF for two line ends'
  | 'ends lines at U+2028'
  | 'decodes each packet by itself'
  | 'decodes as Latin-1'
  | 'folds the case of field names'
  | 'trims values'
  | 'keeps only the last line of data'
  | 'takes empty data for none'
  | 'fires blocks without data'
  | 'keeps the type'
  | 'forgets the id with each event'
  | 'takes an id with NUL'
  | 'fires an unfinished block'
  | 'counts the id of an unfinished block'
  | 'goes on in the next stream'
  | 'takes 1e3 for a number'
  | 'takes 1000ms for a number'
  | 'lets the timer overflow'
  | 'does not wait'
  | 'comes back after 404'
  | 'reads an answer that is not 200'
  | 'reads any content type'
  | 'compares content types by prefix'
  | 'compares content types by case'
  | 'comes back to the first URL'
  | 'stays away when a stream ends'
  | 'fires no error when a stream ends'
  | 'sends no last id'
  | 'sends the id in Latin-1'
  | 'lets caches answer'
  | 'is OPEN while it reconnects'
  | 'goes on after close'
  | 'comes back after close'
  | 'keeps its connection after close';

/** Each fault, and a case that it cannot pass. */
export const FAULTS: Readonly<Record<Fault, string>> = {
  'ignores a block with only an id': 'cursor-on-the-wire/only-id',
  'strips two marks': 'byte-order-mark/two',
  'strips no mark': 'byte-order-mark/one',
  'holds a final CR': 'line-ends/cr-at-once',
  'takes CRLF for two line ends': 'line-ends/crlf-in-data',
  'ends lines at U+2028': 'line-ends/ls-ps',
  'decodes each packet by itself': 'chunking/splits-utf-8',
  'decodes as Latin-1': 'utf-8/two',
  'folds the case of field names': 'fields/upper',
  'trims values': 'fields/trailing',
  'keeps only the last line of data': 'fields/lines',
  'takes empty data for none': 'fields/bare-data',
  'fires blocks without data': 'fields/unknown-only',
  'keeps the type': 'fields/not-kept',
  'forgets the id with each event': 'ids/lasts',
  'takes an id with NUL': 'ids/nul',
  'fires an unfinished block': 'unfinished-blocks/no-blank-line',
  'counts the id of an unfinished block': 'ids/unfinished',
  'goes on in the next stream': 'unfinished-blocks/joined',
  'takes 1e3 for a number': 'retry/exponent-large',
  'takes 1000ms for a number': 'retry/unit',
  'lets the timer overflow': 'retry/beyond-timer',
  'does not wait': 'retry/sets',
  'comes back after 404': 'status-codes/404',
  'reads an answer that is not 200': 'status-codes/500',
  'reads any content type': 'content-types/json',
  'compares content types by prefix': 'content-types/longer',
  'compares content types by case': 'content-types/upper',
  'comes back to the first URL': 'redirects/reconnect-302',
  'stays away when a stream ends': 'reconnection/ended',
  'fires no error when a stream ends': 'reconnection/many',
  'sends no last id': 'cursor-on-the-wire/with-data',
  'sends the id in Latin-1': 'cursor-on-the-wire/latin-1',
  'lets caches answer': 'cursor-on-the-wire/request',
  'is OPEN while it reconnects': 'readystate/reconnecting',
  'goes on after close': 'close/in-message',
  'comes back after close': 'close/in-error',
  'keeps its connection after close': 'close/aborts',
};
