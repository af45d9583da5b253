export type { AuthStore, Revocations } from './auth-store.ts';
export type { QueueBounds, QueuePolicy } from './backlog.ts';
export { Broadcaster } from './broadcaster.ts';
export {
  BROADCASTER_DEFAULTS,
  type BroadcasterBounds,
  type BroadcasterHooks,
  type BroadcasterOptions,
  type ErrorContext,
} from './broadcaster-options.ts';
export { CLIENT_LIMITS, type Client, type ClientInfo } from './client.ts';
export { type Environment, systemEnvironment, type Timer } from './environment.ts';
export { SseError, type SseErrorCode, sseErrorCode } from './errors.ts';
export { EVENT_LIMITS, type EventOptions, type PublishInput, type TopicMap } from './event-input.ts';
export {
  type Entry,
  EVENT_ID_PATTERN,
  type EventId,
  type EventLog,
  type LogGapReason,
  type LogPage,
  type LogStats,
  type NewEvent,
  type TailBatch,
  TRACEPARENT_PATTERN,
} from './event-log.ts';
export { RESERVED_EVENT_NAMES } from './frame.ts';
export { MEMORY_EVENT_LOG_DEFAULTS, MemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.ts';
export { type Sink, STREAM_HEADERS } from './sink.ts';
export type { StandardIssue, StandardResult, StandardSchema } from './standard-schema.ts';
export type { BroadcasterCounts, BroadcasterStats, BroadcasterStatus } from './stats.ts';
export type { SubscribeRequest, Subscription, TypedInput } from './subscription.ts';
export type {
  ClosingEvent,
  ClosingReason,
  ConnectedEvent,
  DisconnectReason,
  GapEvent,
  GapReason,
  Resume,
  SystemEvent,
  WarningEvent,
} from './system-events.ts';
export { parseTopic, TOPIC_LIMITS, TopicFilter } from './topics.ts';
export { HEARTBEAT_TOPIC } from './upkeep.ts';
