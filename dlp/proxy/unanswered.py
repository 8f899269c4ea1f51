"""Requests that the provider doesn't answer.

It can't be reached, breaks off before its client has heard anything, or says what isn't HTTP; or it says more than can be held of an answer
that has to be complete before it is restored.

mitmproxy answers these with a page of HTML, and there is no hook in which that could be replaced (12.2, `handle_protocol_error`,
`check_body_size` and `check_invalid` of its `HttpStream`). So `UnansweredStream` takes the place of its layer for one request, asks the
hook `unanswered` for an answer in the provider's own shape, and sends that: SDKs raise what they raise for the provider's own trouble, and
try again as they always do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

from mitmproxy import http
from mitmproxy.proxy import commands, layer
from mitmproxy.proxy.layers.http import SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
)

from dlp.proxy.offloop import WaitingStream

_BROKEN_OFF = "the provider broke off before it had answered"
_UNCLEAR = "the head of the provider's answer can be read in more than one way"
_TOO_LONG = "the provider's answer is longer than the proxy may hold; ask for it in parts, or as a stream"


@dataclass
class Unanswered:
    """A request without an answer. `repr` shows nothing of it."""

    flow: http.HTTPFlow
    reason: str
    """Why, for the client."""
    again: bool = True
    """Whether to ask once more may help."""
    answer: http.Response | None = None
    """What the client gets; None for mitmproxy's own page."""

    def __repr__(self) -> str:
        return "<Unanswered>"


@dataclass
class UnansweredHook(commands.StartHook):
    """A request gets no answer; one may be given in its place."""

    unanswered: Unanswered


class UnansweredStream(WaitingStream):
    """A request and its answer, as mitmproxy has them; where there is none, the client is told in the provider's words."""

    @override
    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        answer = None
        if isinstance(event, ResponseProtocolError) and self._may_be_told(event):
            unanswered = Unanswered(self.flow, _BROKEN_OFF)
            if event.code is ErrorCode.CONNECT_FAILED:  # all else would quote what the server said
                unanswered.reason = f"the provider can't be reached: {event.message}"
            yield UnansweredHook(unanswered)
            answer = unanswered.answer
        for command in super().handle_protocol_error(event):
            of_client = isinstance(command, SendHttp) and command.connection is self.context.client
            if answer is not None and of_client:
                yield from self._tell(answer)
            else:
                yield command  # hooks and orders to connections: none of them has a reply

    @override
    def check_body_size(self, request: bool) -> layer.CommandGenerator[bool]:
        too_long = Unanswered(self.flow, _TOO_LONG, again=False)
        return (yield from self._judged(super().check_body_size(request), ErrorCode.RESPONSE_TOO_LARGE, too_long))

    @override
    def check_invalid(self, request: bool) -> layer.CommandGenerator[bool]:
        """Whether a head could be read in two ways: with two lengths, say, or with a name that is none."""
        unclear = Unanswered(self.flow, _UNCLEAR)
        return (yield from self._judged(super().check_invalid(request), ErrorCode.RESPONSE_VALIDATION_FAILED, unclear))

    def _judged(
        self, commands_of: layer.CommandGenerator[bool], code: ErrorCode, unanswered: Unanswered
    ) -> layer.CommandGenerator[bool]:
        """What mitmproxy does about an answer that can't go on, but for the page that its client would get."""
        while True:
            try:
                command = next(commands_of)  # none of them has a reply
            except StopIteration as end:
                return bool(end.value)
            event = command.event if isinstance(command, SendHttp) else None
            if isinstance(event, ResponseProtocolError) and event.code is code:
                self.response_body_buf.clear()
                if self._may_be_told(event):
                    yield UnansweredHook(unanswered)
                    if unanswered.answer is not None:
                        yield from self._tell(unanswered.answer)
                        continue
            yield command

    def _may_be_told(self, event: ResponseProtocolError) -> bool:
        """Whether the client waits for the head of an answer, and has said all that it has to say."""
        begun = (self.state_stream_response_body, self.state_done, self.state_errored)
        return (
            event.code.http_status_code() is not None
            and self.client_state == self.state_done
            and self.server_state not in begun
        )

    def _tell(self, answer: http.Response) -> layer.CommandGenerator[None]:
        content = answer.raw_content or b""
        yield SendHttp(ResponseHeaders(self.stream_id, answer, end_stream=not content), self.context.client)
        if content:
            yield SendHttp(ResponseData(self.stream_id, content), self.context.client)
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)
