// What an operator preloads with `--import`: an SDK, whose spans go to standard error, one as JSON a line.
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const exporter = {
  export(spans, done) {
    for (const { name, attributes, parentSpanContext, spanContext } of spans.map(shown))
      process.stderr.write(`${JSON.stringify({ name, attributes, parentSpanContext, spanContext })}\n`);
    done({ code: 0 });
  },
  shutdown: async () => undefined,
};
const shown = (span) => ({
  name: span.name,
  attributes: span.attributes,
  parentSpanContext: span.parentSpanContext,
  spanContext: span.spanContext(),
});

trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);
