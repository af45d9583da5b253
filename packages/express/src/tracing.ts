export { isTracing, type TracingOptions, traced } from './tracing/traced.ts';
