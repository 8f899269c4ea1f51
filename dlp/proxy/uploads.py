"""Uploads that are refused before they have come.

mitmproxy takes in the whole body of a request before it sends the answer that a hook has given, and holds what it takes in. So
`UploadStream` takes the place of mitmproxy's layer for one request and its answer (`dlp.proxy.calls` puts its heir there):

- A request that `requestheaders` has answered, and whose body is large or of unknown length, gets the answer at once.
- A body that turns out longer than `flow.metadata[LIMIT]` is dropped and refused there and then, by the hook `body_too_large`.

Nothing has gone upstream in either case: a request leaves when it is complete and examined. What the client goes on sending is read, so
that the answer isn't lost in a connection reset while it still writes (RFC 9112, section 9.6), but neither kept nor without an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, override

from mitmproxy import http
from mitmproxy.net.http import http1
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import http as http_layer
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestTrailers,
    ResponseEndOfMessage,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._hooks import HttpResponseHeadersHook
from mitmproxy.proxy.utils import ReceiveBuffer, expect

from dlp.proxy.unanswered import UnansweredStream

LIMIT = "dlp_body_limit"
"""Key in `flow.metadata` of the bytes that a request's body may have as it comes; without it only mitmproxy's own limit holds."""
SMALL_BYTES = 64 * 1024
"""Refused bodies of a known length up to this one are read to their end: the connection stays of use."""
LINGER_BYTES = 256 * 2**20
"""What is read and dropped after an answer. Most libraries write all that they have before they look for an answer, and the plainer ones
(`http.client`) report a reset while they write as a broken connection. To read costs neither memory nor the provider anything."""
LINGER_SECONDS = 30.0
"""How long that may last."""
PIECE_BYTES = 256 * 1024
"""A body goes out in pieces of this size, since TLS makes a copy of what it is given at once."""


@dataclass
class BodyTooLargeHook(commands.StartHook):
    """A body has passed its limit: the flow is to be given an answer. `repr`, like that of other hooks, shows the flow's."""

    flow: http.HTTPFlow


class Collected(ReceiveBuffer):
    """A body that comes in pieces of any size, held in one piece: as a list, pieces of two bytes would take twenty times their size."""

    def __init__(self) -> None:
        self._data = bytearray()

    @override
    def __iadd__(self, other: bytes) -> Self:
        self._data += other
        return self

    @override
    def __len__(self) -> int:
        return len(self._data)

    @override
    def __bool__(self) -> bool:
        return bool(self._data)

    @override
    def __bytes__(self) -> bytes:
        return bytes(self._data)

    @override
    def clear(self) -> None:
        self._data = bytearray()


class UploadStream(UnansweredStream):
    """A request and its answer, as mitmproxy has them, but for bodies that are too large."""

    _dropped = 0

    def __init__(self, context: Context, stream_id: int) -> None:
        super().__init__(context, stream_id)
        self.request_body_buf = Collected()

    @override
    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup):
            if self.client_state == self.state_drop_request_body:
                yield from self._stop_reading()
        else:
            yield from super()._handle_event(event)

    @expect(RequestHeaders)  # type: ignore[untyped-decorator]
    @override
    def state_wait_for_request_headers(self, event: RequestHeaders) -> layer.CommandGenerator[None]:
        yield from super().state_wait_for_request_headers(event)
        waits = self.client_state == self.state_consume_request_body and not event.end_stream
        if waits and self.flow.response is not None and _is_large(self.flow.request):
            yield from self._answer_early(self.flow.response)

    @expect(RequestData, RequestTrailers, RequestEndOfMessage)  # type: ignore[untyped-decorator]
    @override
    def state_consume_request_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        limit = self.flow.metadata.get(LIMIT)
        if (
            isinstance(event, RequestData)
            and limit is not None
            and len(self.request_body_buf) + len(event.data) > limit
        ):
            self.request_body_buf.clear()
            yield BodyTooLargeHook(self.flow)
            if (yield from self.check_killed(True)):
                return
            # Whatever has become of the hook, the body isn't there any more.
            yield from self._answer_early(self.flow.response or http.Response.make(413))
        else:
            yield from _in_pieces(super().state_consume_request_body(event))

    @expect(RequestData, RequestTrailers, RequestEndOfMessage)  # type: ignore[untyped-decorator]
    def state_drop_request_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """The answer has been sent; what still comes of the request is of no use."""
        if isinstance(event, RequestData):
            self._dropped += len(event.data)
            if self._dropped > LINGER_BYTES:
                yield from self._stop_reading()
        elif isinstance(event, RequestEndOfMessage):
            yield from self._end_upload()

    @override
    def check_body_size(self, request: bool) -> layer.CommandGenerator[bool]:
        if not (self.request_body_buf if request else self.response_body_buf):
            # By the length that the headers name: a request is judged in `requestheaders`, and answered in the provider's form; an answer may
            # be one that goes by without being held, such as a film, or not be a provider's at all.
            return False
        return (yield from super().check_body_size(request))

    def _answer_early(self, response: http.Response) -> layer.CommandGenerator[None]:
        self.flow.response = response
        self.client_state = self.state_drop_request_body
        if self.flow.request.is_http11 or self.flow.request.is_http10:
            response.headers["connection"] = "close"
        yield HttpResponseHeadersHook(self.flow)
        if (yield from self.check_killed(True)):
            return
        yield from self.send_response()
        if self.client_state == self.state_drop_request_body:
            yield http_layer.SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)
            yield commands.RequestWakeup(LINGER_SECONDS)

    def _stop_reading(self) -> layer.CommandGenerator[None]:
        """Stop reading: of HTTP/1 that takes the connection."""
        yield from self._end_upload()
        if self.flow.request.is_http2:
            error = ResponseProtocolError(self.stream_id, "the answer has been sent", ErrorCode.CANCEL)
            yield http_layer.SendHttp(error, self.context.client)
        else:
            yield commands.CloseConnection(self.context.client)

    def _end_upload(self) -> layer.CommandGenerator[None]:
        self.client_state = self.state_done
        self.flow.live = False
        yield http_layer.DropStream(self.stream_id)


def _is_large(request: http.Request) -> bool:
    try:
        size = http1.expected_http_body_size(request)
    except ValueError:
        size = None
    return size is None or not 0 <= size <= SMALL_BYTES


def _in_pieces(sent: layer.CommandGenerator[None]) -> layer.CommandGenerator[None]:
    """The commands of a layer, with a body that it sends cut into pieces."""
    reply = None
    while True:
        try:
            command = sent.send(reply)
        except StopIteration:
            return
        reply = None
        event = command.event if isinstance(command, http_layer.SendHttp) else None
        if isinstance(command, http_layer.SendHttp) and isinstance(event, RequestData):
            for at in range(0, len(event.data), PIECE_BYTES):
                piece = RequestData(event.stream_id, event.data[at : at + PIECE_BYTES])
                yield http_layer.SendHttp(piece, command.connection)
        else:
            reply = yield command
