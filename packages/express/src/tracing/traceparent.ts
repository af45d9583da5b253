import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';
import { TRACEPARENT_PATTERN } from '@sse/core';

/** A span's context as a `traceparent`; `undefined` where it is none, as without a provider. */
export function formatTraceparent(context: SpanContext): string | undefined {
  if (!isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags } = context;
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** The context that a `traceparent` stands for; `undefined` where it is none. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  if (text === undefined || !TRACEPARENT_PATTERN.test(text)) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = text.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
