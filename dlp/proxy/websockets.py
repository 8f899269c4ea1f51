"""WebSockets to providers: each message of the client is a request, each of the server an event of one long stream.

mitmproxy's own layer relays what a hook leaves, message by message. `ScreenedLayer` takes its place because more is needed:

- a message of the client is dropped unless it was examined, whatever becomes of the hook;
- text that was held back goes out in a message of its own, before the one that ends its channel;
- a message has a limit, and one that is refused gets an answer;
- pings, pongs and the reason of a close may hold any text: they end at the proxy. A ping goes on without its payload, which
  is put back into the pong;
- a changed message leaves as one frame: mitmproxy cuts it every 4000 bytes, also inside characters, and replaces those.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from typing import Any, override

import wsproto.events
from mitmproxy import http
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import websocket
from mitmproxy.proxy.utils import expect
from mitmproxy.websocket import WebSocketMessage
from wsproto.connection import ConnectionState
from wsproto.frame_protocol import CloseReason, Opcode

from dlp.engine.answer import MessageRestorer
from dlp.engine.case import Request
from dlp.engine.request import MAX_DECODED_BYTES
from dlp.errors import AnswerStopped, TooLarge, WireError
from dlp.providers.refusals import error_object
from dlp.proxy.answers import audit_answer
from dlp.proxy.examining import examine
from dlp.proxy.guard import log_refusal
from dlp.proxy.recording import audit, count_faults
from dlp.proxy.refusing import explain, record_refusal
from dlp.proxy.screening import Screening

log = logging.getLogger("dlp")

MAX_MESSAGE_BYTES = MAX_DECODED_BYTES
"""Largest message of a server; for a client's the policy has a limit."""
_MAX_PINGS = 16
"""Pings of one side that may wait for their pong."""
_MAX_REASON_BYTES = 120
_LAST_SECONDS = 3.0
"""How long a client has to answer a close (RFC 6455, 7.1.1), or to hang up where its frames can't be read any more."""
_EVENTS = frozenset({"oai"})
"""Families whose protocol has an error event; the others say what went wrong by closing."""


class ScreenedMessage(WebSocketMessage):
    """A message, and what else is to be sent because of it. The client's start out as dropped."""

    def __init__(self, kind: Opcode, content: bytes, *, from_client: bool, injected: bool = False) -> None:
        super().__init__(kind, from_client, content, dropped=from_client, injected=injected)
        self.before: list[bytes] = []
        """Messages of the same kind that go out before it."""
        self.answer: bytes | None = None
        """A text message for its sender."""
        self.close: tuple[int, str] | None = None
        """Code and reason to close the connection with, afterwards."""


class ScreenedLayer(websocket.WebsocketLayer):
    """Relays messages between a client and a provider; any other host's as mitmproxy does."""

    def __init__(self, context: Any, flow: http.HTTPFlow) -> None:
        super().__init__(context, flow)
        self._pieces: dict[bool, bytearray] = {True: bytearray(), False: bytearray()}
        self._pings: dict[bool, deque[bytes]] = {side: deque(maxlen=_MAX_PINGS) for side in (True, False)}

    @expect(events.DataReceived, events.ConnectionClosed, websocket.WebSocketMessageInjected)  # type: ignore[untyped-decorator]
    @override
    def relay_messages(self, event: events.Event) -> layer.CommandGenerator[None]:
        screening = Screening.of(self.flow)
        if screening is None:
            yield from super().relay_messages(event)
        elif isinstance(event, websocket.WebSocketMessageInjected):
            message = event.message
            yield from self._message(
                ScreenedMessage(message.type, message.content, from_client=message.from_client, injected=True)
            )
        elif isinstance(event, events.ConnectionEvent):
            from_client = event.connection == self.context.client
            source = self._side(from_client)
            source.receive_data(event.data if isinstance(event, events.DataReceived) else None)
            for happening in source.events():
                yield from self._relay(happening, screening, from_client=from_client)
                if self.flow.websocket is None or self.flow.websocket.timestamp_end is not None:
                    break

    def _side(self, client: bool) -> websocket.WebsocketConnection:  # noqa: FBT001 - which of the two
        return self.client_ws if client else self.server_ws

    def _relay(
        self, happening: wsproto.events.Event, screening: Screening, *, from_client: bool
    ) -> layer.CommandGenerator[None]:
        target = self._side(not from_client)
        if isinstance(happening, wsproto.events.Message):
            pieces = self._pieces[from_client]
            data = happening.data
            pieces += data.encode() if isinstance(data, str) else data
            limit = screening.policy.limits.body_bytes if from_client else MAX_MESSAGE_BYTES
            if len(pieces) > min(limit, MAX_MESSAGE_BYTES):
                pieces.clear()
                refused = TooLarge("websocket message", min(limit, MAX_MESSAGE_BYTES))
                record_refusal(self.flow, screening, refused, 413, bytes_in=limit)
                yield from self._close(CloseReason.MESSAGE_TOO_BIG, str(refused))
            elif happening.message_finished:
                content = bytes(pieces)
                pieces.clear()
                kind = Opcode.TEXT if isinstance(data, str) else Opcode.BINARY
                yield from self._message(ScreenedMessage(kind, content, from_client=from_client))
        elif isinstance(happening, wsproto.events.Ping):
            self._pings[from_client].append(bytes(happening.payload))
            yield target.send2(wsproto.events.Ping())
        elif isinstance(happening, wsproto.events.Pong):
            waiting = self._pings[not from_client]
            yield target.send2(wsproto.events.Pong(waiting.popleft() if waiting else b""))
        elif isinstance(happening, wsproto.events.CloseConnection):
            reason = "" if from_client else happening.reason or ""
            yield from self._close(happening.code, reason, by_client=from_client)

    def _message(self, message: ScreenedMessage) -> layer.CommandGenerator[None]:
        if self.flow.websocket is None:
            return
        self.flow.websocket.messages.append(message)
        yield websocket.WebsocketMessageHook(self.flow)
        target = self._side(not message.from_client)
        if not message.dropped:
            for content in (*message.before, message.content):
                yield target.send2(_frame(content, text=message.is_text))
        if message.answer is not None:
            yield self._side(message.from_client).send2(_frame(message.answer, text=True))
        if message.close is not None:
            yield from self._close(*message.close)

    def _close(self, code: int, reason: str, *, by_client: bool = False) -> layer.CommandGenerator[None]:
        """Close both sides, after what was held back of the server's text."""
        data, screening = self.flow.websocket, Screening.of(self.flow)
        if data is None or screening is None:
            return
        if screening.restorer is not None and self.client_ws.state is ConnectionState.OPEN:
            for rest in screening.restorer.flush():
                yield self.client_ws.send2(_frame(rest, text=True))
        count_faults(screening, screening.stats)
        data.timestamp_end, data.closed_by_client = time.time(), by_client
        data.close_code, data.close_reason = code, reason
        for side, words in ((self.server_ws, ""), (self.client_ws, reason)):
            if side.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
                yield side.send2(wsproto.events.CloseConnection(code, _cut(words) or None))
        yield commands.CloseConnection(self.server_ws.conn)
        yield websocket.WebsocketEndHook(self.flow)
        self.flow.live = False
        self._handle_event = self.last_words
        if self.client_ws.state is ConnectionState.LOCAL_CLOSING:
            yield commands.RequestWakeup(_LAST_SECONDS)
        else:
            yield from self._hang_up()

    @expect(events.DataReceived, events.ConnectionClosed, websocket.WebSocketMessageInjected, events.Wakeup)  # type: ignore[untyped-decorator]
    def last_words(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read, and drop, what the client still sends, until it answers the close or its time is over.

        A connection that is closed with bytes unread is reset, and a reset overtakes the frame that says why.
        """
        if isinstance(event, events.ConnectionEvent):
            if event.connection != self.context.client:
                return
            self.client_ws.receive_data(event.data if isinstance(event, events.DataReceived) else None)
            for _ in self.client_ws.events():
                pass
        if isinstance(event, events.Wakeup) or self.client_ws.state is ConnectionState.CLOSED:
            yield from self._hang_up()

    def _hang_up(self) -> layer.CommandGenerator[None]:
        yield commands.CloseConnection(self.client_ws.conn)
        self._handle_event = self.done

    @expect(events.DataReceived, events.ConnectionClosed, websocket.WebSocketMessageInjected, events.Wakeup)  # type: ignore[untyped-decorator]
    @override
    def done(self, event: events.Event) -> layer.CommandGenerator[None]:
        yield from ()


def install() -> None:
    """Make mitmproxy use `ScreenedLayer`: it has no seam for another one. Idempotent.

    Should it not take effect, nothing passes: `screen_message` drops every message that isn't a `ScreenedMessage`.
    """
    vars(websocket)["WebsocketLayer"] = ScreenedLayer


async def screen_message(flow: http.HTTPFlow, screening: Screening, message: WebSocketMessage) -> None:
    """Examine a message of the client, restore one of the server."""
    if not isinstance(message, ScreenedMessage) or screening.restorer is None:
        message.dropped = True
        return
    if not message.from_client:
        if screening.recorder is not None:
            with contextlib.suppress(WireError):  # sound, or nothing that could come back
                screening.recorder.event(message.content)
        try:
            if screening.examined is not None and screening.examined.scan is not None:
                pieces = await asyncio.to_thread(screening.restorer.feed, message.content)
            else:
                pieces = screening.restorer.feed(message.content)
            *message.before, message.content = pieces
        except AnswerStopped as stop:
            _stop(flow, screening, message, stop)
        return
    original = message.content
    try:
        await _examine(flow, screening, screening.restorer, message)
    except Exception as error:
        log_refusal("websocket_message", error)
        status, code, explanation = explain(error)
        family = screening.format.id.partition(".")[0]
        if family in _EVENTS:
            message.answer = error_object(
                screening.format.id, explanation, status=status, code=code, request_id=screening.request_id
            )
        else:
            message.close = (CloseReason.POLICY_VIOLATION, explanation)
        record_refusal(flow, screening, error, status, bytes_in=len(original))


def _stop(flow: http.HTTPFlow, screening: Screening, message: ScreenedMessage, stop: AnswerStopped) -> None:
    """Close the connection in place of what the server said."""
    log.warning("%s", stop)
    message.dropped = True
    message.close = (CloseReason.POLICY_VIOLATION, str(stop))
    if screening.format.id.partition(".")[0] in _EVENTS:
        error = error_object(screening.format.id, str(stop), code="dlp_answer_blocked", request_id=screening.request_id)
        message.dropped, message.content = False, error
    screening.restorer = None  # nothing of what it holds back may go on
    audit_answer(flow, screening)


async def _examine(
    flow: http.HTTPFlow, screening: Screening, restorer: MessageRestorer, message: ScreenedMessage
) -> None:
    """Put in a message's place what may be sent, and only then let it go. Raises as `Engine.examine` does."""
    asked = Request(
        method="POST",
        path="/",
        body=message.content,
        content_type="application/json",
        provider=screening.provider.id,
    )
    began = time.perf_counter()
    screening.examined = examined = await examine(screening, asked)
    screening.milliseconds = (time.perf_counter() - began) * 1000
    restorer.learn(examined.values, examined.scan)
    if examined.entities or examined.fault:  # a line for every piece of sound would bury the others
        audit(flow, screening, examined.verdict, bytes_in=len(message.content), bytes_out=len(examined.body))
    message.content = examined.body
    message.dropped = False


def _frame(content: bytes, *, text: bool) -> wsproto.events.TextMessage | wsproto.events.BytesMessage:
    if text:
        return wsproto.events.TextMessage(content.decode("utf-8", "replace"))
    return wsproto.events.BytesMessage(content)


def _cut(reason: str) -> str:
    return reason.encode()[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
