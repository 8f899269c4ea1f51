"""Trailers of HTTP/1, which mitmproxy doesn't read.

Its layer raises at the end of such a body (12.2, `_http1.Http1Connection.read_body`), and the client waits for ever. No API of a
provider has any, and they would have to be examined, so they are dropped.
"""

from __future__ import annotations

from typing import Any, override

import h11
from h11._readers import ChunkedReader
from mitmproxy.proxy.layers.http import _http1


class TrailerlessReader(ChunkedReader):
    """Reads a chunked body, and ends it without its trailers."""

    @override
    def __call__(self, buf: Any) -> Any:
        event = super().__call__(buf)
        return h11.EndOfMessage() if isinstance(event, h11.EndOfMessage) else event


def install() -> None:
    """Make mitmproxy use it, which looks the class up for every body. Idempotent."""
    vars(_http1)["ChunkedReader"] = TrailerlessReader
