"""Connections that mitmproxy would leave open, so that their clients wait for ever; and what it sends in more pieces than need be.

mitmproxy closes a connection by cancelling the task that reads from it. While that task waits for another's event to be handled,
the cancellation takes it past the lines that close the socket (12.2, `ConnectionHandler.handle_connection`): the client
of a refused upload keeps sending into a socket that nobody reads. Here every socket is closed when its task ends.

It also sends the head of a message, its body and its end one by one, each by a call into the kernel, which takes a twelfth of all that a small
request takes. Here what follows at once leaves at once (`Gathered`).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import cast

from mitmproxy.connection import Connection
from mitmproxy.proxy import server

from dlp.proxy import secured

GATHERED_BYTES = 16 * 1024
"""Larger pieces leave as they come: to join them would cost more than it saves, and hold a body twice."""
GATHERED_SECONDS = 0.0005
"""Longest time that a piece waits for others while more are made: the events of a stream that came together are worked on one after the other,
and a reader wants the first of them now."""

_read_until_closed = server.ConnectionHandler.handle_connection


class Gathered:
    """The writing end of a connection: what is written before the event loop turns to something else leaves in one piece.

    Offers what mitmproxy's `ConnectionHandler` asks of a writer.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._pieces: list[bytes] = []
        self._size = 0
        self._until = 0.0

    def write(self, data: bytes) -> None:
        if not self._pieces:
            if len(data) >= GATHERED_BYTES:
                self._writer.write(data)
                return
            self._loop.call_soon(self._send)
            self._until = self._loop.time() + GATHERED_SECONDS
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= GATHERED_BYTES or self._loop.time() >= self._until:
            self._send()

    def _send(self) -> None:
        pieces, self._pieces, self._size = self._pieces, [], 0
        if pieces and not self._writer.is_closing():
            self._writer.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    async def drain(self) -> None:
        self._send()
        await self._writer.drain()

    def is_closing(self) -> bool:
        return self._writer.is_closing()

    def write_eof(self) -> None:
        self._send()
        self._writer.write_eof()

    def close(self) -> None:
        self._send()
        self._writer.close()


async def handle_connection(self: server.ConnectionHandler, connection: Connection) -> None:
    """Handle a connection for its whole life, and close its socket whatever ends it."""
    own = self.transports[connection]
    if isinstance(own.writer, asyncio.StreamWriter):
        own.writer = cast("asyncio.StreamWriter", Gathered(own.writer))
    try:
        await _read_until_closed(self, connection)
    finally:
        left_open = self.transports.pop(connection, None)
        if left_open is not None and left_open.writer is not None:
            with contextlib.suppress(OSError):
                left_open.writer.close()
        secured.end(connection)


def install() -> None:
    """Make mitmproxy use it: there is no seam for another way. Idempotent."""
    vars(server)["ConnectionHandler"].handle_connection = handle_connection
