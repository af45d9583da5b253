/** What the page says besides figures. */
export const INTRODUCTION = `# Conformance

<!-- Written by \`npm run conformance\`: change packages/client/test/conformance/, not this file. -->

\`FetchEventSource\` of \`@sse/client\` is held to the text of the HTML standard, section 9.2, by {cases} cases: bytes in,
events out, requests as the server sees them. A server on a real socket plays each case byte for byte. The same cases
are put to Chromium's own \`EventSource\`, which keeps them honest, and to the npm clients that are used most.

The cases are data, in [packages/client/test/conformance/cases](../packages/client/test/conformance/cases). Each names
the clause it comes from. \`npm test\` runs them against \`FetchEventSource\` in the Node at hand, and in Chromium against
it and the native \`EventSource\`; it also reads every short stream whole, byte by byte and cut at every position, and
makes sure that {faults} clients with one fault each are caught.`;

export const ADAPTERS = `## What was done for each client

Each client gets its best chance. A case that cannot be put to a client's interface is n/a: neither passed nor failed.
A case that failed was run once more without the others, and counts as failed only if it failed again.

- **FetchEventSource**, **native EventSource**, \`eventsource\`: nothing is mapped. Events, \`readyState\` and properties are
  read as a page would read them.
- \`eventsource-client\` has an interface of its own. \`onConnect\` is taken for \`open\` where it is open right after it,
  \`onScheduleReconnect\` for \`error\` while it reconnects, \`onDisconnect\` for \`error\` where it is closed for good afterwards. A message's \`lastEventId\` is
  that of the client when the message comes. Properties of \`EventSource\` and the origin of events are n/a.
- \`@microsoft/fetch-event-source\` has one too. As its README advises, \`onopen\` refuses what is not 200 or no event stream,
  and \`onclose\` throws so that a stream that ended is opened again; \`openWhenHidden\` and
  \`cache: 'no-store'\` are set. Its \`onmessage\` also reports
  blocks without data, and nothing tells them from events with empty data: both are dropped, which is right more often.
  A message's \`lastEventId\` is the last id that was not empty. It is made for browsers; in Node it is lent a \`window\`
  and a \`document\`. Properties of \`EventSource\` and the origin of events are n/a.

All see only the event types that a case listens for. The npm clients run in a Node that all of them support and,
bundled, in Chromium.`;

export const NOT_TESTED = `## What is not tested

- What the standard leaves to the client: the wait before the first \`retry\`, a longer wait after failures, whether
  \`Accept\` is sent, giving up where a network error is known to be final.
- \`retry\` without a value. "Consists of only ASCII digits" can be read both ways.
- The \`lastEventId\` of an event without an id that comes after a reconnect. Each stream's last event ID buffer begins
  empty (9.2.6), which would reset it; the note to the same section says that the last id seen stays. Browsers, and
  \`FetchEventSource\`, keep it.
- Whether \`Last-Event-ID\` is still sent once an id was sent and then reset: the standard sets the header and never removes
  it, while its example says that none is sent. Clients, ours too, send none.
- Ids that no header can carry as they are: with leading or trailing spaces, or control characters.
- Events and ids of any size: a client may have limits. Those of \`FetchEventSource\` are \`maxEventSize\`, 8 MiB where
  nothing else is asked for, and 4,096 bytes of an id in a header.
- Other sections: garbage collection (9.2.9), forcible closing with the document.
- Fetch: cookies, CORS refusals, proxies, caches beyond the request's own headers, compression.`;
