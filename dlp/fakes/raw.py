"""A lenient upstream that parses as little as it can and records every byte: the witness for what must not leave."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Sequence
from typing import Self

from dlp.fakes.authority import Authority

READ_SIZE = 2**16
MAX_BYTES = 64 * 2**20
"""A connection that sends more is cut off; no test needs so much."""

ACCEPT_POLL = 0.2
"""Seconds after which a waiting `accept` looks whether the server is to stop."""

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,10})[ \t]*\r?$")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:.{0,200}chunked")


class RecordingUpstream:
    """Accepts TLS (or plain TCP) connections, HTTP/1.1 only, and keeps whatever arrives, well formed or not.

    It reads as a forgiving old server does: empty lines before the request line are skipped, bare line feeds count.
    Whenever something like a complete request has arrived it answers `answer` and waits for more.
    """

    def __init__(
        self,
        names: Sequence[str] = ("api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com"),
        *,
        tls: bool = True,
        authority: Authority | None = None,
        answer: bytes = ANSWER,
    ) -> None:
        self.authority = authority or Authority("Recording upstream test CA")
        self.answer = answer
        self._context = self.authority.server_context([*names, "localhost", "127.0.0.1"], ["http/1.1"]) if tls else None
        self._lock = threading.Lock()
        self._arrived: list[bytearray] = []
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(ACCEPT_POLL)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping.set()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)
        self._listener.close()

    @property
    def connections(self) -> list[bytes]:
        """What arrived, one entry per connection that finished its TLS handshake."""
        with self._lock:
            return [bytes(arrived) for arrived in self._arrived]

    @property
    def bytes(self) -> bytes:
        """Every byte that arrived on any connection."""
        return b"".join(self.connections)

    def clear(self) -> None:
        with self._lock:
            for arrived in self._arrived:
                arrived.clear()

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # any callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(None)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(self._wrap(connection)) as stream:
            arrived = bytearray()
            with self._lock:
                self._arrived.append(arrived)
                self._open.add(stream)
            try:
                self._converse(stream, arrived)
            finally:
                with self._lock:
                    self._open.discard(stream)

    def _wrap(self, connection: socket.socket) -> socket.socket:
        if self._context is None:
            return connection
        try:
            return self._context.wrap_socket(connection, server_side=True)
        except (OSError, ssl.SSLError):
            connection.close()
            raise

    def _converse(self, stream: socket.socket, arrived: bytearray) -> None:
        pending = bytearray()
        while (data := stream.recv(READ_SIZE)) and len(arrived) < MAX_BYTES:
            with self._lock:
                arrived += data
            pending += data
            while (size := request_size(bytes(pending))) is not None:
                del pending[:size]
                stream.sendall(self.answer)


def request_size(data: bytes) -> int | None:
    """The length of the first complete request in `data`, with empty lines before it; None while incomplete."""
    start = len(data) - len(data.lstrip(b"\r\n"))
    head = _HEAD_END.search(data, start)
    if head is None:
        return None
    lines = data[start : head.end()]
    if length := _LENGTH.search(lines):
        end = head.end() + int(length[1])
    elif _CHUNKED.search(lines):
        last = re.search(rb"(?:^|\r?\n)0+\r?\n\r?\n", data[head.end() :])
        if last is None:
            return None
        end = head.end() + last.end()
    else:
        end = head.end()
    return end if len(data) >= end else None
