import { SseError } from '@sse/core';
import type { RequestHandler } from 'express';
import type { EndpointOptions } from './endpoint.ts';
import { singleHeader } from './headers.ts';
import { problemOf, refused, sendProblem } from './problem.ts';

export interface AllowedHostsOptions extends EndpointOptions {
  /** Host names without a port, such as `events.example.com`, that the server is reached by, beside those of the loopback. */
  readonly hosts?: readonly string[] | undefined;
  /** Origins of pages on other hosts that may ask, such as `https://app.example.com`. */
  readonly origins?: readonly string[] | undefined;
}

const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/;
const LOOPBACK = /^(?:(?:[a-z0-9_-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Refuses with 403 what does not ask for this server by one of its names, and pages of other hosts.
 *
 * For servers that trust their network, as one on the loopback does: a page of a stranger may give its own name this
 * machine's address (DNS rebinding), and then reads what a browser here may read. Its `Host` and `Origin` give it away.
 *
 * @throws SseError `invalid-option` for a host that is none.
 */
export function allowedHosts(options: AllowedHostsOptions = {}): RequestHandler {
  const { hosts = [], origins = [], onRefuse } = options;
  const wrong = hosts.find((host) => !HOST.test(host.toLowerCase()));
  if (wrong !== undefined)
    throw new SseError(
      'invalid-option',
      `Expected \`hosts\` to be host names without a port, got \`${wrong}\``,
    );
  const names = new Set(hosts.map((host) => host.toLowerCase()));
  const isKnown = (host: string): boolean => LOOPBACK.test(host) || names.has(host);

  return (request, response, next) => {
    try {
      const host = hostName(singleHeader(request, 'Host') ?? '');
      if (host === undefined || !isKnown(host))
        throw refused(403, 'Expected `Host` to be a name of this server');
      const origin = singleHeader(request, 'Origin');
      if (origin !== undefined && !origins.includes(origin) && !isKnown(originHost(origin)))
        throw refused(403, 'Expected `Origin` to be this server, or an origin that is allowed', {
          Vary: 'Origin',
        });
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined) return next(error);
      onRefuse?.(problem, request);
      return sendProblem(response, problem);
    }
    next();
  };
}

/** Without its port; `undefined` for what is no host. Not `URL`, which repairs and throws. */
function hostName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/:\d{1,5}$/, '');
  return HOST.test(name) ? name : undefined;
}

/** The host of an origin, or an empty text, which nobody has: `null`, or what is no origin. */
function originHost(origin: string): string {
  return /^https?:\/\//i.test(origin) && URL.canParse(origin) ? new URL(origin).hostname : '';
}
