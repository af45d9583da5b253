#!/usr/bin/env python3
"""Prints the events of a hub, and goes on from the last id when the connection ends.

    client.py [url] [topics]

Needs Python 3.9 or newer, and nothing else. Ctrl-C ends it.
"""

import json
import random
import sys
import time
from typing import Iterator, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

SILENCE_SECONDS = 75  # two and a half heartbeats of the hub


class Event(NamedTuple):
    name: str
    data: str
    id: str


class Stream:
    """Reads `text/event-stream` (HTML standard, 9.2) and reconnects."""

    def __init__(self, url: str, topics: str) -> None:
        self.url = f"{url}?{urlencode({'topics': topics, 'client_name': 'python'})}"
        self.last_event_id = ""
        self.retry_seconds = 5.0

    def __iter__(self) -> Iterator[Event]:
        while True:
            try:
                yield from self._connect()
            except HTTPError as error:
                if error.code < 500 and error.code not in (408, 425, 429):
                    raise  # asking again would not help
                print(f"status {error.code}", file=sys.stderr)
            except OSError as error:
                print(f"connection lost: {error}", file=sys.stderr)
            time.sleep(self.retry_seconds * random.uniform(0.5, 1.5))

    def _connect(self) -> Iterator[Event]:
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        name, data, new_id = "", [], self.last_event_id
        with urlopen(Request(self.url, headers=headers), timeout=SILENCE_SECONDS) as response:
            for raw in response:  # the hub ends its lines with LF
                line = raw.decode("utf-8").rstrip("\r\n")
                if line == "":
                    self.last_event_id = new_id
                    if data:
                        yield Event(name or "message", "\n".join(data), new_id)
                    name, data = "", []
                    continue
                field, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                if field == "event":
                    name = value
                elif field == "data":
                    data.append(value)
                elif field == "id" and "\0" not in value:
                    new_id = value
                elif field == "retry" and value.isdigit():
                    self.retry_seconds = min(int(value) / 1000, 60)


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000/stream"
    topics = sys.argv[2] if len(sys.argv) > 2 else "metric"
    for event in Stream(url, topics):
        if event.name == "system":
            said = json.loads(event.data)
            if said["type"] == "gap":
                print(f"events may be missing: {said['reason']}", file=sys.stderr, flush=True)
        else:
            print(event.id, event.data, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
