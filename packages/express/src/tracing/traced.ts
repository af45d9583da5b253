import {
  type Attributes,
  type Context,
  context,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  type Broadcaster,
  type EventId,
  type EventOptions,
  type PublishInput,
  type SubscribeRequest,
  type Subscription,
  sseErrorCode,
} from '@sse/core';
import { HEAD_ONLY, LEFT } from '../stream.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

export interface TracingOptions {
  /** Makes the spans. @defaultValue that of the global provider, named `@sse/express` */
  readonly tracer?: Tracer;
}

/** All that `publish` takes, whatever its topics are. */
type Publish = (
  first: string | PublishInput | readonly PublishInput[],
  data?: unknown,
  options?: EventOptions,
) => Promise<readonly EventId[]>;

/** Whether this process has registered a provider of OpenTelemetry; without one, spans come to nothing. */
export function isTracing(): boolean {
  const provider = trace.getTracerProvider();
  // The API's stand-in, until a provider stands behind it.
  return !(
    provider instanceof ProxyTracerProvider && provider.getDelegateTracer('@sse/express') === undefined
  );
}

/**
 * The same broadcaster, with a span for each `publish` and for each stream that is opened.
 *
 * `publish` is a producer's span, which ends when the log has the events. It belongs to the span that is active, or else to the
 * `traceparent` of the first event; the events then carry the `traceparent` of this span, so that what a subscriber does
 * belongs to it. Other traces in the same batch become links. `subscribe` is a consumer's span, which ends when the stream is
 * open: what it is given later has no spans. Failures are the span's status, with the code of the `SseError` as `error.type`.
 *
 * Without a registered provider events keep the `traceparent` that they came with.
 */
export function traced<Topics extends object>(
  broadcaster: Broadcaster<Topics>,
  { tracer = trace.getTracer('@sse/express') }: TracingOptions = {},
): Broadcaster<Topics> {
  const publish: Publish = (first, data, options) => {
    const events = typeof first === 'string' ? [{ ...options, topic: first, data }] : [first].flat();
    const contexts = events.flatMap((event) => parseTraceparent(event?.traceparent) ?? []);
    const [origin] = contexts;
    const active = context.active();
    const isWithin = trace.getSpan(active) !== undefined;
    const parent = isWithin || origin === undefined ? active : trace.setSpanContext(active, origin);
    const others = contexts.filter(({ spanId }) => isWithin || spanId !== origin?.spanId);
    const links = [...new Map(others.map((other) => [other.spanId, { context: other }])).values()];
    const span = tracer.startSpan('sse publish', { kind: SpanKind.PRODUCER, links }, parent);
    const traceparent = formatTraceparent(span.spanContext());
    const carried = traceparent === undefined ? events : events.map((event) => ({ ...event, traceparent }));
    return ended(
      span,
      parent,
      () => (broadcaster.publish as Publish)(carried),
      (ids) => publishAttributes(events, ids),
    );
  };

  const subscribe = (request: SubscribeRequest): Promise<Subscription> => {
    const span = tracer.startSpan('sse subscribe', { kind: SpanKind.CONSUMER });
    return ended(
      span,
      context.active(),
      () => broadcaster.subscribe(request),
      () => subscribeAttributes(request),
    );
  };

  return new Proxy(broadcaster, {
    get(target, name) {
      if (name === 'publish') return publish;
      if (name === 'subscribe') return subscribe;
      // Read of the broadcaster itself: its private parts are not the proxy's.
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Runs `call` within the span, and ends it with what came of it. */
async function ended<Value>(
  span: Span,
  parent: Context,
  call: () => Promise<Value>,
  attributes: (value: Value) => Attributes,
): Promise<Value> {
  try {
    const value = await context.with(trace.setSpan(parent, span), call);
    // Only now, when all of it has been checked: what was refused may be of any length.
    span.setAttributes(attributes(value));
    return value;
  } catch (error) {
    // That a client has left, or asked for the head alone, is no failure.
    if (error !== LEFT && error !== HEAD_ONLY) {
      span.setAttribute('error.type', sseErrorCode(error) ?? '_OTHER');
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    throw error;
  } finally {
    span.end();
  }
}

function publishAttributes(events: readonly PublishInput[], ids: readonly EventId[]): Attributes {
  const topics = new Set(events.map(({ topic }) => topic));
  const [topic] = topics;
  return {
    'messaging.system': 'sse',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.batch.message_count': events.length,
    ...(topics.size === 1 && topic !== undefined && { 'messaging.destination.name': topic }),
    ...(ids.length === 1 && ids[0] !== undefined && { 'messaging.message.id': ids[0] }),
  };
}

function subscribeAttributes({ topics, lastEventId }: SubscribeRequest): Attributes {
  return {
    'messaging.system': 'sse',
    'messaging.operation.name': 'subscribe',
    'messaging.operation.type': 'receive',
    'sse.topics': [...(topics ?? ['**'])],
    'sse.has_cursor': lastEventId !== undefined && lastEventId !== '',
  };
}
