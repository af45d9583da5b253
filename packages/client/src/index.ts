export { StreamError } from './errors.ts';
export { EventStream, openEventStream } from './event-stream.ts';
export type { StandardIssue, StandardResult, StandardSchemaV1 } from './standard-schema.ts';
export type {
  AnyMessage,
  CursorStorage,
  EventStreamOptions,
  GapEvent,
  GapReason,
  HeartbeatEvent,
  ListenOptions,
  MessageIterator,
  MessagesOptions,
  ResumeOptions,
  RetryContext,
  StatusReason,
  StreamCounters,
  StreamErrorCode,
  StreamEvents,
  StreamMessage,
  StreamSnapshot,
  StreamStatus,
  SystemEvent,
  Topic,
  TopicMap,
} from './types.ts';
