"""Calls of remote procedures (gRPC, Connect) whose two sides take turns: each message is examined, and sent on, when it is there.

mitmproxy can stream a request through a callable; but it calls it on the event loop, and goes on with the rest when it fails. So
`CallStream` takes the place of mitmproxy's layer for one request and its answer. What has come of a message waits until all of it is
there; then the hook `call_messages` examines it, while the event loop goes on with everybody else's traffic, and what the hook leaves
is sent. A message that nobody has examined is not.

The provider hears of a call with its first message: a call that begins with a refused one never begins, and a call of one message is
refused like any other request. Should none come for a while, it hears of the call all the same: its server may be the one to begin. A later
refusal ends the call on both sides: the client gets a status, in trailers (gRPC) or a last message (Connect) if the answer has
begun, and the provider a reset. When the server ends a call it is over, whatever its client would still say.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import cast, override

from mitmproxy import http
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import http as layers
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._http2 import Http2Client
from mitmproxy.proxy.utils import expect

from dlp.engine.request import MAX_DECODED_BYTES
from dlp.engine.turns import Turns
from dlp.errors import DetectorError, TooLarge
from dlp.proxy import offloop
from dlp.proxy.examining import begin_call, go_on_with_call
from dlp.proxy.guard import log_refusal
from dlp.proxy.refusing import explain, record_refusal, refuse_fault
from dlp.proxy.screening import Screening
from dlp.proxy.uploads import UploadStream

MAX_WAITING_BYTES = MAX_DECODED_BYTES
"""Of one call: may wait to be examined, or for the provider to take them; as much as one body may hold. A client that sends more is
refused: mitmproxy grants it all the room that HTTP/2 knows, so it can't be slowed down."""
QUIET_SECONDS = 1.0
"""Of silence, after which a call that has said nothing yet begins all the same, and an answer gives out what it holds back while its client
may still say something: perhaps each waits for the other."""
_LOOKED_AFTER = 64 * 1024
"""Bytes sent before it is looked again at what the provider has not taken yet."""


@dataclass(eq=False)
class CallMessages:
    """Whole messages of a call that goes on. `repr` shows nothing of them."""

    flow: http.HTTPFlow
    screening: Screening
    body: bytes
    """As they came, in their frames."""
    first: bool
    """The provider has not heard of the call yet."""
    ready: bytes | None = None
    """What may be sent in their place; None unless somebody has examined them."""
    fault: Exception | None = None
    """Why nothing may."""

    def __repr__(self) -> str:
        return f"<CallMessages of {len(self.body)} bytes>"


@dataclass
class CallMessagesHook(commands.StartHook):
    """Messages of a call are to be examined."""

    messages: CallMessages


async def screen_messages(messages: CallMessages) -> None:
    """Examine messages, and say what is to be sent in their place."""
    try:
        step = begin_call if messages.first else go_on_with_call
        messages.ready = await step(messages.flow, messages.screening, messages.body)
    except Exception as error:
        log_refusal("call_messages", error)
        messages.fault = error


class CallStream(UploadStream):
    """A request and its answer, as mitmproxy has them; a call's messages go on one by one."""

    _queued = 0
    """Bytes of messages that wait while others are examined."""
    _overrun = False
    """Something of the client's was dropped, since too much was waiting; nothing further may be sent."""
    _since_looked = 0
    _came = 0.0
    """When the newest piece of the answer did."""
    _wakes = False
    """A look at the answer is due."""

    @property
    def _screening(self) -> Screening | None:
        flow = getattr(self, "flow", None)
        return Screening.of(flow) if flow is not None else None

    @property
    def _turns(self) -> Turns | None:
        screening = self._screening
        return screening.turns if screening is not None else None

    @override
    def handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if self._paused and isinstance(event, RequestData) and self._turns is not None:
            if self._overrun or self._queued + len(event.data) > MAX_WAITING_BYTES:
                self._overrun = True
                return
            self._queued += len(event.data)
        yield from super().handle_event(event)

    @override
    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup) and self._wakes:
            yield from self._wake()
        else:
            yield from super()._handle_event(event)

    @expect(RequestHeaders)  # type: ignore[untyped-decorator]
    @override
    def state_wait_for_request_headers(self, event: RequestHeaders) -> layer.CommandGenerator[None]:
        yield from super().state_wait_for_request_headers(event)
        if self._turns is not None and not event.end_stream:
            self._wakes = True
            yield commands.RequestWakeup(QUIET_SECONDS)

    @expect(RequestData, RequestTrailers, RequestEndOfMessage)  # type: ignore[untyped-decorator]
    @override
    def state_consume_request_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Until a call has begun; and all there is of any other request."""
        screening, turns = self._screening, self._turns
        if screening is None or turns is None:
            yield from super().state_consume_request_body(event)
        elif isinstance(event, RequestData):
            yield from self._take(screening, turns, event.data)
        elif isinstance(event, RequestEndOfMessage) and self._overrun:
            yield from self._refuse(screening, _overrun())
        elif isinstance(event, RequestEndOfMessage):
            screening.turns = None  # no whole message has come, so there is nothing to take turns with
            try:
                self.request_body_buf += turns.finish()
            except TooLarge as error:
                yield from self._refuse(screening, error)
                return
            yield from super().state_consume_request_body(event)

    @expect(RequestData, RequestTrailers, RequestEndOfMessage)  # type: ignore[untyped-decorator]
    @override
    def state_stream_request_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Once a call has begun. Trailers are left out, as everywhere: no API has any, and they would leave unexamined."""
        screening, turns = self._screening, self._turns
        if screening is None or turns is None:
            yield from super().state_stream_request_body(event)
        elif isinstance(event, RequestData):
            yield from self._take(screening, turns, event.data)
        elif isinstance(event, RequestEndOfMessage):
            yield from self._end(screening, turns, event)

    @expect(ResponseData, ResponseTrailers, ResponseEndOfMessage)  # type: ignore[untyped-decorator]
    @override
    def state_stream_response_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        yield from super().state_stream_response_body(event)
        screening, turns = self._screening, self._turns
        if not isinstance(event, ResponseData) or screening is None:
            return
        if turns is not None:
            turns.answered += len(event.data)
        yield from self._end_if_stopped(screening)
        self._came = time.monotonic()
        if self._may_wait_for_client and not self._wakes:
            self._wakes = True
            yield commands.RequestWakeup(QUIET_SECONDS)

    @property
    def _may_wait_for_client(self) -> bool:
        """Whether an answer has begun to which its client may still say something."""
        talking = self.state_stream_request_body, self.state_stream_response_body
        return self._turns is not None and (self.client_state, self.server_state) == talking

    def _wake(self) -> layer.CommandGenerator[None]:
        """Begin a call that has said nothing yet, or give out what is held back of an answer, if nothing has come for a while."""
        self._wakes = False
        screening, turns = self._screening, self._turns
        if screening is not None and turns is not None and self.client_state == self.state_consume_request_body:
            if not turns.heard:
                yield from self._send(screening, b"")
            return
        stream = self.flow.response.stream if self.flow.response is not None else None
        if screening is None or not self._may_wait_for_client or not callable(stream):
            return
        rest = self._came + QUIET_SECONDS - time.monotonic()
        if rest > 0:
            self._wakes = True
            yield commands.RequestWakeup(rest)
            return
        if isinstance(stream, offloop.Waiting):
            yield offloop.AnswerPieceHook(offloop.Piece(stream, None))
        for chunk in cast("offloop.Work", stream)(None):
            yield layers.SendHttp(ResponseData(self.stream_id, chunk), self.context.client)
        yield from self._end_if_stopped(screening)

    def _end_if_stopped(self, screening: Screening) -> layer.CommandGenerator[None]:
        """End the call, if what the server has said must not go on."""
        if screening.ended_early is not None and self.server_state == self.state_stream_response_body:
            yield from self._hang_up()
            yield from self._end_answer()

    @override
    def send_response(self, already_streamed: bool = False) -> layer.CommandGenerator[None]:
        yield from super().send_response(already_streamed)
        if self._turns is not None and self.client_state == self.state_stream_request_body:
            yield from self._hang_up()
            yield from self.flow_done()

    def _take(self, screening: Screening, turns: Turns, data: bytes) -> layer.CommandGenerator[None]:
        """Take what has come, and send what may be sent."""
        self._queued = max(0, self._queued - len(data))
        try:
            if self._overrun:
                raise _overrun()
            bodies = turns.feed(data)
        except TooLarge as error:
            yield from self._refuse(screening, error)
            return
        for body in bodies:
            if not (yield from self._send(screening, body)):
                return

    def _end(self, screening: Screening, turns: Turns, event: RequestEndOfMessage) -> layer.CommandGenerator[None]:
        try:
            if self._overrun:
                raise _overrun()
            rest = turns.finish()
        except TooLarge as error:
            yield from self._refuse(screening, error)
            return
        if rest and not (yield from self._send(screening, rest)):
            return
        self.flow.request.timestamp_end = time.time()
        self.client_state = self.state_done
        yield layers.SendHttp(event, self.context.server)
        if self.server_state == self.state_done:
            yield from self.flow_done()

    def _send(self, screening: Screening, body: bytes) -> layer.CommandGenerator[bool]:
        """Have messages examined, and send what has become of them; False if the call is over."""
        first = self.client_state == self.state_consume_request_body
        messages = CallMessages(self.flow, screening, body, first)
        yield CallMessagesHook(messages)
        if messages.ready is None:
            yield from self._refuse(screening, messages.fault or DetectorError("nobody has examined the message"))
            return False
        if first:
            if not (yield from self.make_server_connection()):
                self.client_state = self.state_errored
                return False
            yield layers.SendHttp(
                RequestHeaders(self.stream_id, self.flow.request, end_stream=False), self.context.server
            )
            self.client_state = self.state_stream_request_body
        if self._too_much_unsent(len(messages.ready)):
            yield from self._refuse(screening, _overrun())
            return False
        if messages.ready:
            yield layers.SendHttp(RequestData(self.stream_id, messages.ready), self.context.server)
        return True

    def _refuse(self, screening: Screening, error: Exception) -> layer.CommandGenerator[None]:
        """End the call for both sides."""
        if self.client_state == self.state_stream_request_body:
            yield from self._hang_up()
        self.client_state = self.state_done
        if self.server_state != self.state_stream_response_body:
            refuse_fault(self.flow, screening, error)
            yield from self.send_response()
            return
        status, _, message = explain(error)
        screening.ended_early = status, message
        record_refusal(self.flow, screening, error, status, bytes_in=0)
        yield from self._end_answer()

    def _hang_up(self) -> layer.CommandGenerator[None]:
        """Tell the provider that nothing further comes."""
        yield layers.SendHttp(
            RequestProtocolError(self.stream_id, "the call is over", ErrorCode.CANCEL), self.context.server
        )
        self.client_state = self.state_done

    def _end_answer(self) -> layer.CommandGenerator[None]:
        """End an answer that has begun; its trailers say why (`Screening.ended_early`)."""
        yield from super().state_stream_response_body(ResponseEndOfMessage(self.stream_id))

    def _too_much_unsent(self, size: int) -> bool:
        """Whether the provider leaves more waiting here than may wait."""
        self._since_looked += size
        if self._since_looked < _LOOKED_AFTER:
            return False
        self._since_looked = 0
        parent = self.context.layers[self.context.layers.index(self) - 1]
        assert isinstance(parent, layers.HttpLayer)  # noqa: S101 - a stream is made by nothing else
        connection = parent.connections[self.context.server].context.layers[-1]
        if not isinstance(connection, Http2Client):
            return False
        ours = connection.our_stream_id.get(self.stream_id, -1)
        unsent = sum(len(piece.data) for piece in connection.h2_conn.stream_buffers.get(ours, ()))
        queue = connection.stream_queue.get(self.stream_id, ())
        unsent += sum(len(each.data) for each in queue if isinstance(each, RequestData))
        return unsent > MAX_WAITING_BYTES


def _overrun() -> TooLarge:
    return TooLarge("what waits of this call", MAX_WAITING_BYTES)


def install() -> None:
    """Make mitmproxy use `CallStream`: it has no seam for another one. Idempotent.

    Without it a call is examined when it is complete, and bodies are taken in up to mitmproxy's own limit before they are refused.
    """
    vars(layers)["HttpStream"] = CallStream
