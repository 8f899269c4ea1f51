"""What OpenSSL keeps of a connection that is open, and of one that is closed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from collections.abc import Iterator
from weakref import ref

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from mitmproxy.connection import Client, Connection, ConnectionState
from mitmproxy.net import tls
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator, Layer
from mitmproxy.proxy.layers import ServerTLSLayer
from mitmproxy.proxy.layers.tls import TlsStartServerHook
from mitmproxy.proxy.server import ConnectionIO
from OpenSSL import SSL

from dlp.fakes.authority import Authority
from dlp.proxy import connections, secured
from dlp.proxy.secured import PIECE_BYTES, RECORD_BYTES


def _ends() -> tuple[SSL.Connection, SSL.Connection]:
    """The server's and the client's end of TLS, shaken hands, without a socket between them."""
    key, certificate = Authority().issue(["localhost"])
    server_context = SSL.Context(SSL.TLS_SERVER_METHOD)
    server_context.use_privatekey(load_pem_private_key(key, None))  # type: ignore[arg-type]
    server_context.use_certificate(x509.load_pem_x509_certificate(certificate))
    ends = SSL.Connection(server_context), SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    server, client = ends
    server.set_accept_state()
    client.set_connect_state()
    for _ in range(4):
        for end, other in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                end.do_handshake()
            with contextlib.suppress(SSL.WantReadError):
                other.bio_write(end.bio_read(2**16))
    return ends


@pytest.mark.parametrize("size", [1, PIECE_BYTES, PIECE_BYTES + 1, 1_000_000])
def test_a_body_is_encrypted_a_piece_at_a_time(size: int) -> None:
    """What is encrypted at once stays with the connection for as long as it is open, and a third more."""
    secured.install()
    server, client = _ends()
    layer = ServerTLSLayer(Context(Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2)), Options()))
    layer.tls = server
    body = os.urandom(size)
    received = bytearray()
    for command in layer.send_data(body):
        assert isinstance(command, commands.SendData)
        assert len(command.data) <= PIECE_BYTES + 3 * 64  # records have heads
        client.bio_write(command.data)
        while len(received) < size:
            try:
                received += client.recv(2**16)
            except SSL.WantReadError:
                break
    assert received == body


class Child(Layer):
    """Takes down what is said to it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.told: list[events.Event] = []

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        self.told.append(event)
        yield from ()


def _receiving(secured_end: SSL.Connection) -> tuple[ServerTLSLayer, Child]:
    layer = ServerTLSLayer(Context(Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2)), Options()))
    layer.tls = secured_end
    layer.child_layer = child = Child(layer.context)
    return layer, child


def _encrypted(end: SSL.Connection, body: bytes, records: int) -> bytes:
    """A body in records of one size, the last of another one."""
    size = max(1, len(body) // records)
    written = bytearray()
    for at in range(0, len(body), size):
        end.sendall(body[at : at + size])
        written += end.bio_read(2**17)
    return bytes(written)


@pytest.mark.parametrize("records", [1, 4, 7, 400])
@pytest.mark.parametrize("size", [1, RECORD_BYTES, 60_000])
def test_what_comes_is_decrypted_a_piece_at_a_time_and_told_at_once(size: int, records: int) -> None:
    secured.install()
    server, client = _ends()
    layer, child = _receiving(server)
    body = os.urandom(size)
    fed: list[int] = []
    write = server.bio_write
    server.bio_write = lambda piece: (fed.append(len(piece)), write(piece))[1]  # type: ignore[method-assign]
    assert list(layer.receive_data(_encrypted(client, body, records))) == []
    assert [event.data for event in child.told if isinstance(event, events.DataReceived)] == [body]
    assert max(fed) <= RECORD_BYTES
    assert layer.tls is server


@pytest.mark.parametrize("then", ["close", "garbage"])
def test_what_comes_before_the_end_is_told_before_the_end(then: str) -> None:
    secured.install()
    server, client = _ends()
    layer, child = _receiving(server)
    layer.conn.state = ConnectionState.OPEN
    body = os.urandom(40_000)
    data = _encrypted(client, body, 4)
    if then == "close":
        client.shutdown()
        data += client.bio_read(2**16)
    data += b"\x17\x03\x03\x40\x00" + bytes(20_000)
    logged = list(layer.receive_data(data))
    told = [type(event) for event in child.told]
    assert child.told[0].data == body  # type: ignore[attr-defined]
    if then == "close":
        assert (told, logged) == ([events.DataReceived, events.ConnectionClosed], [])
    else:
        assert told == [events.DataReceived]
        assert [type(command) for command in logged if isinstance(command, commands.Log)] == [commands.Log]
    assert layer.tls is server


def test_an_idle_connection_keeps_no_buffers_for_records() -> None:
    secured.install()
    either = {"method": tls.Method.TLS_CLIENT_METHOD, "cipher_list": None, "ecdh_curve": None}
    context = tls.create_proxy_server_context(
        **either,  # type: ignore[arg-type]
        min_version=tls.Version.TLS1_2,
        max_version=tls.Version.UNBOUNDED,
        verify=tls.Verify.VERIFY_NONE,
        ca_path=None,
        ca_pemfile=None,
        client_cert=None,
        legacy_server_connect=False,
    )
    assert context.set_mode(0) & SSL.MODE_RELEASE_BUFFERS


class Handler:
    """Of mitmproxy's handler of connections what one that the other side closes needs."""

    def __init__(self, connection: Connection) -> None:
        self.closed = False
        reader = asyncio.StreamReader()
        reader.feed_eof()
        self.transports = {connection: ConnectionIO(reader=reader, writer=self)}  # type: ignore[arg-type]

    async def server_event(self, event: object) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_what_openssl_keeps_of_a_closed_connection_waits_for_no_collector() -> None:
    secured.install()
    server, client = _ends()
    layer = ServerTLSLayer(Context(Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2)), Options()))
    start = layer.start_tls()
    hook = next(start)
    assert isinstance(hook, TlsStartServerHook)
    hook.data.ssl_conn = server
    assert list(start) == []
    client.sendall(b"late")
    late = client.bio_read(2**16)
    kept = ref(server)
    del server, hook, start

    async def run() -> Handler:
        handler = Handler(layer.conn)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.01):  # one whose other side has closed it is ended by cancelling
                await connections.handle_connection(handler, layer.conn)  # type: ignore[arg-type]
        return handler

    layer.conn.state = ConnectionState.OPEN
    handler = asyncio.run(run())
    assert (handler.closed, handler.transports) == (True, {})
    assert kept() is None
    assert list(layer.receive_data(late)) == list(layer.send_data(b"late" * PIECE_BYTES)) == []  # said to nobody
    assert layer.tls.get_shutdown() == 0
