export { StreamError, type StreamErrorCode } from './errors.ts';
export { EventStream } from './event-stream.ts';
export { openEventStream } from './open-event-stream.ts';
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
  StreamEvents,
  StreamMessage,
  StreamSnapshot,
  StreamStatus,
  SystemEvent,
  Topic,
  TopicMap,
} from './types.ts';
