import type { Command } from 'commander';
import { duration, tokenOption } from './arguments.ts';
import { examine } from './doctor/examine.ts';
import type { Finding } from './doctor/finding.ts';
import { besideUrl, endpointUrl } from './endpoint-url.ts';
import { Failure } from './failure.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

interface DoctorOptions {
  readonly wait?: number;
  readonly timeout: number;
  readonly origin?: string;
  readonly publishUrl?: string;
  readonly insecure?: boolean;
  readonly json?: boolean;
  readonly token?: string;
}

const HELP = `
Give the address that clients use, with all proxies before it. Looks at: status and headers, HTTP version, compression,
buffering, a live event (with a token that may publish sse.doctor), resuming, heartbeats, and with --wait the idle
timeout. Exit code 1 where there is a problem; warnings do not count.

  $ sse doctor https://events.example.com
  $ sse doctor https://events.example.com --wait 2m --origin https://app.example.com
  $ sse doctor https://localhost:8443 --insecure --json`;

export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('say what proxies do to a stream, and what to do about it')
    .argument('<url>', 'the hub, or the full address of a stream')
    .option('--wait <time>', 'watch a quiet stream for so long, such as 2m', duration)
    .option('--timeout <time>', 'for what should come at once', duration, 5)
    .option('--origin <origin>', 'whose pages should be able to read')
    .option('--publish-url <url>', 'where events are taken (default: /events beside the stream)')
    .option('--insecure', 'accept any certificate, but for the live event: see NODE_EXTRA_CA_CERTS of Node')
    .option('--json', 'one JSON object a line: check, level, found, advice')
    .addOption(tokenOption())
    .addHelpText('after', HELP)
    .action((url: string, options: DoctorOptions) => doctor(endpointUrl(url, '/stream'), options, terminal));
}

async function doctor(url: URL, options: DoctorOptions, terminal: Terminal): Promise<void> {
  const { publishUrl, wait = 0 } = options;
  const findings = examine(url, {
    publishUrl: publishUrl === undefined ? besideUrl(url, 'events') : endpointUrl(publishUrl, '/events'),
    token: options.token,
    origin: options.origin,
    isInsecure: options.insecure,
    waitMs: wait * 1_000,
    timeoutMs: options.timeout * 1_000,
    signal: terminal.signal,
  });
  let problems = 0;
  terminal.progress('looking');
  for await (const finding of findings) {
    terminal.progress('');
    if (finding.level === 'problem') problems += 1;
    await terminal.print(printable(options.json ? JSON.stringify(finding) : asText(finding)));
    if (finding.check === 'heartbeat' && wait > 0) terminal.progress(`watching for ${wait} s`);
  }
  if (problems > 0) throw new Failure(`${problems} problems`, { isTold: true });
}

function asText({ check, level, found, advice }: Finding): string {
  const line = `${level.padEnd(8)} ${check.padEnd(13)} ${found}`;
  return advice === undefined ? line : `${line} → ${advice}`;
}
