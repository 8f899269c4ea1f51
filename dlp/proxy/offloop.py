"""Streams that are worked on in a thread, while the event loop goes on with everybody else's.

mitmproxy calls a stream's callable on the event loop, and there is no seam for one that takes its time. But a layer may wait for a hook while
others go on. So `WaitingStream` takes the place of mitmproxy's layer for one request and its answer (`dlp.proxy.calls` puts its heir there):
before it has a piece of an answer worked on by a `Waiting` callable, it asks for the hook `answer_piece`, in which a thread does the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import override

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import http
from mitmproxy.proxy.layers.http._events import ResponseData, ResponseEndOfMessage, ResponseTrailers
from mitmproxy.proxy.utils import expect

MAX_QUEUED = 64
"""Pieces of one answer that may wait for a thread. Further ones are worked on at once, which stops the loop from reading more."""
_THREADS = 4
_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="dlp-answer")

type Work = Callable[[bytes | None], Iterable[bytes]]
"""What is done with a chunk of an answer, with None when nothing has come for a while, and with `b""` at its end; gives back what is to be sent."""


class Waiting:
    """A stream's callable that may be made to do its work ahead, in a thread. Called without that, it does it then.

    Args:
        work: What is to be done.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._done: list[bytes] | None = None

    async def prepare(self, chunk: bytes | None) -> None:
        """Do the work for the next call. If it raises, the call will do so as well."""
        loop = asyncio.get_running_loop()
        self._done = await loop.run_in_executor(_pool, lambda: list(self._work(chunk)))

    def __call__(self, chunk: bytes | None) -> list[bytes]:
        done, self._done = self._done, None
        return list(self._work(chunk)) if done is None else done


@dataclass
class Piece:
    """A piece of an answer that is about to be worked on. `repr` shows nothing of it."""

    stream: Waiting
    chunk: bytes | None

    def __repr__(self) -> str:
        return f"<Piece of {len(self.chunk or b'')} bytes>"


@dataclass
class AnswerPieceHook(commands.StartHook):
    """Work on a piece of an answer is to be done."""

    piece: Piece


class WaitingStream(http.HttpStream):
    """A request and its answer, as mitmproxy has them; it waits while a piece of the answer is worked on."""

    @expect(ResponseData, ResponseTrailers, ResponseEndOfMessage)  # type: ignore[untyped-decorator]
    @override
    def state_stream_response_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        stream = self.flow.response.stream if self.flow.response is not None else None
        if isinstance(stream, Waiting) and len(self._paused_event_queue) < MAX_QUEUED:
            if isinstance(event, ResponseData):
                yield AnswerPieceHook(Piece(stream, event.data))
            elif isinstance(event, ResponseEndOfMessage):
                yield AnswerPieceHook(Piece(stream, b""))
        yield from super().state_stream_response_body(event)
