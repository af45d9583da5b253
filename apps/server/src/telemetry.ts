import { readFileSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import type { MetricName } from './metric.ts';

/** Reads one metric of this machine. */
export interface MetricReader {
  readonly name: MetricName;
  /** The value since the last call, or of now; `undefined` if there is none (yet). May throw. */
  read(): number | undefined;
  /** Gives back what the reader holds. */
  close?(): void;
}

export interface TelemetryOptions {
  /** How many streams are open. */
  readonly clientCount: () => number;
  /** @defaultValue `/proc` */
  readonly procPath?: string | undefined;
  /** A monotonic clock, milliseconds. @defaultValue `performance.now` */
  readonly elapsed?: (() => number) | undefined;
}

const LAG_SAMPLE_MS = 20;

/** Readers of everything that this machine tells, in the order of `METRICS`. What runs with time starts with the call. */
export function createTelemetry(options: TelemetryOptions): readonly MetricReader[] {
  const { clientCount, procPath = '/proc', elapsed = () => performance.now() } = options;
  return [
    { name: 'cpu_usage', read: cpuUsageReader() },
    { name: 'memory_usage', read: () => memoryUsage(procPath) },
    { name: 'load_1m', read: load },
    eventLoopLagReader(elapsed),
    { name: 'network_rx_bytes_per_s', read: networkRateReader(join(procPath, 'net/dev'), elapsed) },
    { name: 'sse_clients', read: clientCount },
  ];
}

/** Percent of the processors' time, all together, that was not idle since the last call. */
function cpuUsageReader(): () => number | undefined {
  let before = cpuTimes();
  return () => {
    const now = cpuTimes();
    const total = now.total - before.total;
    const idle = now.idle - before.idle;
    before = now;
    // Nothing counted yet; or less than before, as a processor was taken away.
    if (total <= 0 || idle < 0) return undefined;
    return Math.min(100, Math.max(0, (1 - idle / total) * 100));
  };
}

function cpuTimes(): { readonly idle: number; readonly total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}

/** Percent of memory in use. What the kernel would give back at once, its file cache, does not count. */
function memoryUsage(procPath: string): number {
  const text = readOptional(join(procPath, 'meminfo'));
  const total = kilobytes(text, 'MemTotal') ?? totalmem() / 1024;
  // Kernels before 3.14, and other systems, do not tell.
  const available = kilobytes(text, 'MemAvailable') ?? freemem() / 1024;
  return Math.min(100, Math.max(0, (1 - available / total) * 100));
}

function kilobytes(meminfo: string | undefined, name: string): number | undefined {
  const digits = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Tasks that run or wait to, averaged over a minute. Windows does not tell, and answers 0. */
function load(): number | undefined {
  return process.platform === 'win32' ? undefined : loadavg()[0];
}

/**
 * The longest that the event loop kept a timer waiting since the last call, in milliseconds.
 *
 * Not by `monitorEventLoopDelay`: its `reset` forgets when the last sample was, and so the very stall that made this
 * reading late.
 */
function eventLoopLagReader(elapsed: () => number): MetricReader {
  let longest = 0;
  let last = elapsed();
  const sample = (): void => {
    const now = elapsed();
    longest = Math.max(longest, now - last - LAG_SAMPLE_MS);
    last = now;
  };
  const timer = setInterval(sample, LAG_SAMPLE_MS).unref();
  return {
    name: 'event_loop_lag_ms',
    read() {
      sample();
      const lag = longest;
      longest = 0;
      return lag;
    },
    close: () => clearInterval(timer),
  };
}

/** Bytes received a second since the last call, over every interface but the loopback. */
function networkRateReader(path: string, elapsed: () => number): () => number | undefined {
  let before: { readonly bytes: number; readonly at: number } | undefined;
  const sample = (): typeof before => {
    const text = readOptional(path);
    return text === undefined ? undefined : { bytes: receivedBytes(text), at: elapsed() };
  };
  before = sample();
  return () => {
    const last = before;
    const now = sample();
    before = now;
    if (last === undefined || now === undefined) return undefined;
    // Fewer bytes than before: an interface is gone, and what it had counted with it.
    const isUsable = now.bytes >= last.bytes && now.at > last.at;
    return isUsable ? ((now.bytes - last.bytes) * 1_000) / (now.at - last.at) : undefined;
  };
}

function receivedBytes(netDev: string): number {
  let bytes = 0;
  for (const [, name, received] of netDev.matchAll(/^ *(\S+): *(\d+)/gm))
    if (name !== 'lo') bytes += Number(received);
  return bytes;
}

/** A file's text; `undefined` where there is no such file, as `/proc` outside Linux. */
function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
