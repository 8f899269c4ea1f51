"""What comes before the body of a message over HTTP/1: interim answers (`100 Continue`, `103 Early Hints`), and heads without end.

mitmproxy takes the first interim answer for the answer itself (12.2, `_http1.Http1Client.read_headers`): the client gets an empty one, and waits for
ever. Over HTTP/2 it drops them, and so does this: what they say is of use to browsers alone. It keeps any length of a head in memory, of a
request's as of an answer's; here there is a bound.
"""

from __future__ import annotations

import re

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http import _http1
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import ErrorCode, ResponseProtocolError

_read_request = _http1.Http1Server.read_headers
_read_answer = _http1.Http1Client.read_headers
_INTERIM = re.compile(rb"(?:\r?\n)?HTTP/1\.\d 1(?!01)\d\d[ \r\n]")
"""The beginning of one; 101 is an answer."""
MAX_HEAD_BYTES = 256 * 1024
"""Of the head of a message; libraries take 64 KB at most, and servers less."""
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def read_request_head(self: _http1.Http1Server, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
    """Read the head of a request, up to `MAX_HEAD_BYTES`; a longer one is refused (431) and the connection closed."""
    yield from _read_request(self, event)
    if self.state == self.read_headers and len(self.buf) > MAX_HEAD_BYTES:
        self.state = self.done
        yield commands.SendData(self.conn, _TOO_LONG)
        yield commands.CloseConnection(self.conn)


def read_answer_head(self: _http1.Http1Client, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
    """Read the head of an answer, whatever interim ones come before it, up to `MAX_HEAD_BYTES`."""
    if isinstance(event, events.DataReceived) and self.request is not None:
        received = self.buf._data  # noqa: SLF001 - h11 shows no beginning of it but by a copy of all
        while _INTERIM.match(received) and self.buf.maybe_extract_lines() is not None:
            pass
    yield from _read_answer(self, event)
    if self.state == self.read_headers and len(self.buf) > MAX_HEAD_BYTES and self.stream_id is not None:
        self.state = self.done
        yield commands.CloseConnection(self.conn)
        error = ResponseProtocolError(
            self.stream_id, "the head of the answer is too long", ErrorCode.GENERIC_SERVER_ERROR
        )
        yield ReceiveHttp(error)


def install() -> None:
    """Make mitmproxy use them: there is no seam for another way. Idempotent."""
    vars(_http1)["Http1Server"].read_headers = read_request_head
    vars(_http1)["Http1Client"].read_headers = read_answer_head
