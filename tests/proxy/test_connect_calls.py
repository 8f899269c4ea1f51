"""Streams of the Connect protocol whose two sides take turns, frame by frame: a server and a client over h2 by hand."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from dlp.fakes import Authority
from dlp.wire.grpc import CONNECT_FLAGS, END_STREAM, GRPC_WEB_FLAGS, GrpcMessage, frame, read_frames
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import TIMEOUT, Exchange, LiveProxy, live_proxy

HOST = "api2.cursor.sh"
TYPE = "application/connect+json"
EMAIL = "V000001-anna@nordwind.orgQ"


class Echo:
    """Says each message again at once, and ends when its client does."""

    def __init__(self, authority: Authority) -> None:
        self._context = authority.server_context([HOST, "127.0.0.1"], ["h2"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.received = b""
        self.reset = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError), self._context.wrap_socket(raw, server_side=True) as stream:
            connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
            connection.initiate_connection()
            stream.sendall(connection.data_to_send())
            begun: set[int] = set()
            while data := stream.recv(65536):
                for event in connection.receive_data(data):
                    number = getattr(event, "stream_id", None) or 0
                    if isinstance(event, h2.events.DataReceived):
                        self.received += event.data or b""
                        if number not in begun:
                            begun.add(number)
                            connection.send_headers(number, [(":status", "200"), ("content-type", TYPE)])
                        connection.send_data(number, event.data or b"")
                    elif isinstance(event, h2.events.StreamEnded):
                        connection.send_data(number, frame(b"{}", END_STREAM), end_stream=True)
                    elif isinstance(event, h2.events.StreamReset):
                        self.reset.set()
                stream.sendall(connection.data_to_send())


class Call:
    """A client's side."""

    def __init__(self, proxy: LiveProxy, kind: str = TYPE) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        tunnel = Exchange(proxy.port).connect(f"{HOST}:443").socket
        self._socket = context.wrap_socket(tunnel, server_hostname=HOST)
        self._socket.settimeout(TIMEOUT)
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        head = [(":method", "POST"), (":scheme", "https"), (":authority", HOST), (":path", "/agent.v1.Agent/Run")]
        self._h2.send_headers(1, [*head, ("content-type", kind), ("connect-protocol-version", "1")])
        self._socket.sendall(self._h2.data_to_send())
        self._data = b""
        self.headers: dict[str, str] = {}
        self.ended = False

    def say(self, text: str, *, end: bool = False) -> None:
        self._h2.send_data(1, frame(json.dumps({"text": text}).encode()), end_stream=end)
        self._socket.sendall(self._h2.data_to_send())

    def hear(self, count: int) -> list[GrpcMessage]:
        """The answer's messages, once there are so many, or once it has ended."""
        while not self.ended:
            with contextlib.suppress(Exception):
                if len(found := read_frames(self._data, CONNECT_FLAGS | GRPC_WEB_FLAGS)) >= count:
                    return found
            for event in self._h2.receive_data(self._socket.recv(65536)):
                if isinstance(event, h2.events.ResponseReceived):
                    self.headers = {str(name): str(value) for name, value in event.headers or ()}
                elif isinstance(event, h2.events.DataReceived):
                    self._data += event.data or b""
                elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                    self.ended = True
        return read_frames(self._data, CONNECT_FLAGS | GRPC_WEB_FLAGS)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def echo(authority: Authority) -> Iterator[Echo]:
    with contextlib.closing(Echo(authority)) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(echo: Echo, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    folder: Path = tmp_path_factory.mktemp("connect")
    policy = folder / "policy.yaml"
    policy.write_text("version: 1\nname: p\nentities: {DEFAULT: mask, API_KEY: block}\n")
    with live_proxy(echo.port, authority, folder, policy=str(policy), detector=PlantedDetector()) as running:
        yield running


@pytest.fixture
def call(proxy: LiveProxy) -> Iterator[Call]:
    with contextlib.closing(Call(proxy)) as begun:
        yield begun


def error_of(message: GrpcMessage) -> str:
    assert message.flags == END_STREAM
    code: str = json.loads(message.payload)["error"]["code"]
    return code


def test_messages_go_on_one_by_one(call: Call, echo: Echo) -> None:
    call.say(f"I am {EMAIL}")
    assert json.loads(call.hear(1)[0].payload) == {"text": f"I am {EMAIL}"}
    call.say("bye", end=True)
    *said, last = call.hear(3)
    assert [json.loads(message.payload)["text"] for message in said] == [f"I am {EMAIL}", "bye"]
    assert (last.flags, last.payload) == (END_STREAM, b"{}")
    assert b"nordwind" not in echo.received


def test_a_refused_message_ends_the_stream_with_an_error(call: Call, echo: Echo) -> None:
    echo.reset.clear()
    call.say("hello")
    call.hear(1)
    call.say("my key is V000002-secretQ")
    first, last = call.hear(99)
    assert json.loads(first.payload) == {"text": "hello"}
    assert error_of(last) == "invalid_argument"
    assert echo.reset.wait(TIMEOUT)
    assert b"secret" not in echo.received


def test_a_stream_that_begins_with_one_is_nothing_but_the_error(call: Call, echo: Echo) -> None:
    call.say("my key is V000002-secretQ")
    [last] = call.hear(99)
    assert (error_of(last), call.headers[":status"], call.headers["content-type"]) == ("invalid_argument", "200", TYPE)
    assert b"secret" not in echo.received


def test_a_call_of_one_message_has_the_status_of_http(proxy: LiveProxy) -> None:
    with contextlib.closing(Call(proxy, "application/proto")) as call:
        call.say("not a message of protocol buffers", end=True)
        with contextlib.suppress(Exception):
            call.hear(99)
        assert call.headers[":status"] == "415"
        assert call.headers["content-type"] == "application/json"
