"""Interim answers (`100 Continue`, `103 Early Hints`), of which any number may come before the answer.

mitmproxy takes the first for the answer itself where a server speaks HTTP/1 (12.2, `_http1.Http1Client.read_headers`): the client gets an
empty one, and waits for ever. Over HTTP/2 it drops them, and so does this: what they say is of use to browsers alone.
"""

from __future__ import annotations

import re

from mitmproxy.proxy import events, layer
from mitmproxy.proxy.layers.http import _http1

_read_headers = _http1.Http1Client.read_headers
_INTERIM = re.compile(rb"(?:\r?\n)?HTTP/1\.\d 1(?!01)\d\d[ \r\n]")
"""The beginning of one; 101 is an answer."""
_LONGEST_BEGINNING = 16


def read_headers(self: _http1.Http1Client, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
    """Read the head of an answer, whatever interim ones come before it."""
    if isinstance(event, events.DataReceived) and self.request is not None:
        while _INTERIM.match(bytes(self.buf)[:_LONGEST_BEGINNING]) and self.buf.maybe_extract_lines() is not None:
            pass
    yield from _read_headers(self, event)


def install() -> None:
    """Make mitmproxy use it: there is no seam for another way. Idempotent."""
    vars(_http1)["Http1Client"].read_headers = read_headers
