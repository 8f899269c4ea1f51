"""What OpenSSL keeps of a connection: no more than it needs, and nothing once the connection is closed.

A connection that is open and idle keeps two buffers of OpenSSL's, which have grown to the most that was encrypted and decrypted at once, and never shrink: so
both is done a piece at a time (`send_data`, `receive_data`). No buffers are kept for records between two of them (`make_context`). Of a closed connection all of
it waits for the garbage collector, which sees some hundred objects there and not the hundred kilobytes: it is freed at once (`end`).
"""

from __future__ import annotations

from typing import Any, NoReturn, cast
from weakref import WeakKeyDictionary, ref

from mitmproxy.connection import Connection
from mitmproxy.net import tls
from mitmproxy.proxy import layer, layers
from OpenSSL import SSL

PIECE_BYTES = 3 * 2**14
"""Of a body that are encrypted at a time: three records of TLS, which leave in one piece."""
RECORD_BYTES = 2**14
"""Most that a record of TLS holds, without its head."""

_start_tls = layers.tls.TLSLayer.start_tls
_send_at_once = layers.tls.TLSLayer.send_data
_receive_at_once = layers.tls.TLSLayer.receive_data
_make_context = vars(tls)["_create_ssl_context"]


def send_data(self: layers.tls.TLSLayer, data: bytes) -> layer.CommandGenerator[None]:
    """Encrypt `data` and have it sent, a piece at a time: what is encrypted and not yet sent is kept in a buffer of its size and a third."""
    if len(data) <= PIECE_BYTES or self.is_dtls:
        yield from _send_at_once(self, data)
        return
    for at in range(0, len(data), PIECE_BYTES):
        yield from _send_at_once(self, data[at : at + PIECE_BYTES])


def receive_data(self: layers.tls.TLSLayer, data: bytes) -> layer.CommandGenerator[None]:
    """Decrypt what came, a piece at a time, and go on with all of it at once."""
    if len(data) <= RECORD_BYTES or self.is_dtls:
        yield from _receive_at_once(self, data)
        return
    connection, decrypted, at = self.tls, bytearray(), 0
    while len(data) - at > RECORD_BYTES:
        connection.bio_write(data[at : at + RECORD_BYTES])
        at += RECORD_BYTES
        try:
            while True:
                decrypted += connection.recv(RECORD_BYTES)
        except SSL.WantReadError:
            continue
        except SSL.Error:  # the end, or something wrong: mitmproxy is told the same when it asks
            break
    self.tls = begun = cast("SSL.Connection", _Begun(connection, bytes(decrypted)))
    try:
        yield from _receive_at_once(self, data[at:])
    finally:
        if self.tls is begun:
            self.tls = connection


class _Begun:
    """A connection of which some has been decrypted already, which is received first."""

    def __init__(self, connection: SSL.Connection, decrypted: bytes) -> None:
        self._connection, self._decrypted = connection, decrypted

    def recv(self, size: int) -> bytes:
        decrypted, self._decrypted = self._decrypted, b""
        return decrypted or self._connection.recv(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


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


_LAYERS: WeakKeyDictionary[Connection, list[ref[layers.tls.TLSLayer]]] = WeakKeyDictionary()
"""The layers of TLS of each connection that has any."""


def start_tls(self: layers.tls.TLSLayer) -> layer.CommandGenerator[None]:
    """Begin as mitmproxy does, and note who has begun."""
    yield from _start_tls(self)
    _LAYERS.setdefault(self.conn, []).append(ref(self))


def end(connection: Connection) -> None:
    """Free what OpenSSL keeps of a connection whose socket has been closed."""
    for known in _LAYERS.pop(connection, ()):
        its = known()
        if its is not None and its.tls is not None:
            its.tls = cast("SSL.Connection", _Ended(its.tls.get_shutdown()))


def make_context(*arguments: Any, **settings: Any) -> SSL.Context:
    """As mitmproxy makes it, and OpenSSL gives back its buffers for records, 34 KB a connection, whenever they are empty."""
    context: SSL.Context = _make_context(*arguments, **settings)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    return context


def install() -> None:
    """Make mitmproxy use them: there is no seam for another way. Idempotent."""
    layer_of_tls = vars(layers.tls)["TLSLayer"]
    layer_of_tls.send_data = send_data
    layer_of_tls.receive_data = receive_data
    layer_of_tls.start_tls = start_tls
    vars(tls)["_create_ssl_context"] = make_context
