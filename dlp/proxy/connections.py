"""Connections that mitmproxy would leave open, so that their clients wait for ever; and what it sends in more pieces than need be.

mitmproxy closes a connection by cancelling the task that reads from it. While that task waits for another's event to be handled,
the cancellation takes it past the lines that close the socket (12.2, `ConnectionHandler.handle_connection`): the client
of a refused upload keeps sending into a socket that nobody reads. Here every socket is closed when its task ends.

What a connection that is open and idle keeps is memory of OpenSSL's, which grows to the largest body that went through at once and never shrinks:
a body is encrypted a piece at a time (`send_data`), and no buffer is kept for records between two of them (`make_context`). Of one that is closed the same
memory waits for the garbage collector, who sees some hundred objects in it and not the hundred kilobytes: it is freed at once (`_end_tls`).

mitmproxy also sends the head of a message, its body and its end one by one, each by a call into the kernel, which takes a twelfth of all that a small
request takes. Here what follows at once leaves at once (`Gathered`).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, NoReturn, cast
from weakref import WeakKeyDictionary, ref

from mitmproxy.connection import Connection
from mitmproxy.net import tls
from mitmproxy.proxy import layer, layers, server
from OpenSSL import SSL

GATHERED_BYTES = 16 * 1024
"""Larger pieces leave as they come: to join them would cost more than it saves, and hold a body twice."""
GATHERED_SECONDS = 0.0005
"""Longest time that a piece waits for others while more are made: the events of a stream that came together are worked on one after the other,
and a reader wants the first of them now."""

PIECE_BYTES = 3 * 2**14
"""Of a body that are encrypted at a time: three records of TLS, which leave in one piece."""

_read_until_closed = server.ConnectionHandler.handle_connection
_start_tls = layers.tls.TLSLayer.start_tls
_send_at_once = layers.tls.TLSLayer.send_data
_make_context = vars(tls)["_create_ssl_context"]


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
        _end_tls(connection)
        left_open = self.transports.pop(connection, None)
        if left_open is not None and left_open.writer is not None:
            with contextlib.suppress(OSError):
                left_open.writer.close()


def send_data(self: layers.tls.TLSLayer, data: bytes) -> layer.CommandGenerator[None]:
    """Encrypt `data` and have it sent, a piece at a time: what is encrypted and not yet sent is kept in a buffer of its size and a third."""
    if len(data) <= PIECE_BYTES or self.is_dtls:
        yield from _send_at_once(self, data)
        return
    for at in range(0, len(data), PIECE_BYTES):
        yield from _send_at_once(self, data[at : at + PIECE_BYTES])


class _Ended:
    """What is left of a connection's TLS once its socket is closed: nothing comes out of it, and what goes in is lost.

    Offers what mitmproxy's `TLSLayer` asks of a connection that is established; whatever is still to be said to it is said to nobody.
    """

    def __init__(self, shutdown: int) -> None:
        self._shutdown = shutdown

    def get_shutdown(self) -> int:
        return self._shutdown

    def bio_write(self, data: bytes) -> int:
        return len(data)

    def _nothing(self, *_: object) -> NoReturn:
        raise SSL.WantReadError

    bio_read = recv = do_handshake = _nothing

    def sendall(self, data: bytes) -> NoReturn:
        raise SSL.ZeroReturnError


_SECURED: WeakKeyDictionary[Connection, list[ref[layers.tls.TLSLayer]]] = WeakKeyDictionary()
"""The layers of TLS of each connection that has any."""


def start_tls(self: layers.tls.TLSLayer) -> layer.CommandGenerator[None]:
    """Begin as mitmproxy does, and note who has begun."""
    yield from _start_tls(self)
    _SECURED.setdefault(self.conn, []).append(ref(self))


def _end_tls(connection: Connection) -> None:
    """Free what OpenSSL keeps of a connection whose socket is about to be closed."""
    for known in _SECURED.pop(connection, ()):
        secured = known()
        if secured is not None and secured.tls is not None:
            secured.tls = cast("SSL.Connection", _Ended(secured.tls.get_shutdown()))


def make_context(*arguments: Any, **settings: Any) -> SSL.Context:
    """As mitmproxy makes it, and OpenSSL gives back its buffers for records, 34 KB a connection, whenever they are empty."""
    context: SSL.Context = _make_context(*arguments, **settings)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    return context


def install() -> None:
    """Make mitmproxy use them: there is no seam for another way. Idempotent."""
    vars(server)["ConnectionHandler"].handle_connection = handle_connection
    vars(layers.tls)["TLSLayer"].send_data = send_data
    vars(layers.tls)["TLSLayer"].start_tls = start_tls
    vars(tls)["_create_ssl_context"] = make_context
