import { IncomingMessage, OutgoingMessage, type ServerResponse } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

type AnyRequest = IncomingMessage | Http2ServerRequest;
type AnyResponse = ServerResponse | Http2ServerResponse;

/**
 * Lets an Express app serve HTTP/2: give what it returns to `http2.createServer` or `http2.createSecureServer`, with
 * `allowHTTP1` if you like. Requests of HTTP/1.1 pass through it unchanged.
 *
 * Express gives each request and response a prototype that ends in those of `node:http`. The ones of `node:http2` keep
 * their state elsewhere, and so would lose their URL, headers and methods. Here they carry their own members with
 * them, where a change of prototype, also that of an app mounted in an app, does not reach. `Host` is filled in from
 * `:authority` (RFC 9113, section 8.3.1).
 */
export function http2Bridge(
  app: (request: IncomingMessage, response: ServerResponse) => unknown,
): (request: AnyRequest, response: AnyResponse) => void {
  return (request, response) => {
    if (request instanceof Http2ServerRequest) {
      const { authority } = request;
      if (authority) request.headers.host ??= authority;
      Object.defineProperties(request, REQUEST_MEMBERS);
      Object.defineProperties(response, RESPONSE_MEMBERS);
    }
    app(request as IncomingMessage, response as ServerResponse);
  };
}

/** What `prototype` and those above it have, of the names that `prototype` or `shadow` define themselves. */
function membersOf(prototype: object, shadow: object): PropertyDescriptorMap {
  const members: PropertyDescriptorMap = {};
  for (const name of [...Reflect.ownKeys(prototype), ...Reflect.ownKeys(shadow)]) {
    const descriptor = name === 'constructor' ? undefined : findDescriptor(prototype, name);
    // Not enumerable: on a prototype nobody would list them either.
    if (descriptor !== undefined) members[name] = { ...descriptor, configurable: true, enumerable: false };
  }
  return members;
}

function findDescriptor(prototype: object, name: PropertyKey): PropertyDescriptor | undefined {
  for (
    let object: object | null = prototype;
    object !== null;
    object = Object.getPrototypeOf(object) as object | null
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

const REQUEST_MEMBERS = membersOf(Http2ServerRequest.prototype, IncomingMessage.prototype);
const RESPONSE_MEMBERS = membersOf(Http2ServerResponse.prototype, OutgoingMessage.prototype);
