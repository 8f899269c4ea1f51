"""Limits that the proxy processes of one machine share: buckets in their supervisor, asked over a Unix socket.

One line of JSON each way; a process has one connection, and what it has under way ends with it. While the supervisor can't be reached, each process
counts for itself.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingMixIn, UnixStreamServer
from typing import Any, override

from dlp.limits.base import Excess, Holder, Limiter, Rate
from dlp.limits.fallback import Fallback
from dlp.limits.memory import MemoryLimiter

UNIX = "unix:"
_SECONDS = 1.0
"""Longest wait for an answer, which takes microseconds."""
_MAX_LINE = 64 * 1024


class LimitsServer:
    """Answers until `close`, on threads of its own.

    Args:
        path: Of a socket that isn't there yet, in a folder of this user alone.

    Raises:
        OSError: The socket can't be made.
    """

    def __init__(self, path: Path) -> None:
        self._server = _Server(path, MemoryLimiter())
        threading.Thread(target=self._server.serve_forever, name="dlp-limits", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


class SharedLimiter(Limiter):
    """A process's side. Blocks for the length of a round trip: not for the event loop.

    Args:
        path: Of the server's socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._fallback = Fallback("process", (OSError, ValueError))

    @override
    def admit(self, holders: Sequence[Holder], lease: str) -> Excess | None:
        def ask() -> Excess | None:
            excess = self._ask("admit", holders, lease)
            return Excess(*excess) if excess is not None else None

        return self._fallback.ask(ask, lambda alone: alone.admit(holders, lease))

    @override
    def charge(self, holders: Sequence[Holder], characters: int) -> None:
        self._fallback.ask(
            lambda: self._ask("charge", holders, characters), lambda alone: alone.charge(holders, characters)
        )

    @override
    def release(self, holders: Sequence[Holder], lease: str) -> None:
        self._fallback.limiter.release(holders, lease)
        self._fallback.ask(lambda: self._ask("release", holders, lease), lambda _: None)

    def _ask(self, what: str, holders: Sequence[Holder], argument: str | int) -> Any:
        """The answer to one question. Raises `OSError` or `ValueError` if there is none."""
        line = json.dumps([what, [_to_json(holder) for holder in holders], argument]).encode() + b"\n"
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                self._connection.sendall(line)
                answer = b""
                while not answer.endswith(b"\n"):
                    piece = self._connection.recv(4096)
                    if not piece:
                        raise ConnectionResetError
                    answer += piece
            except OSError:
                self._hang_up()  # an answer that comes late must not be taken for the next one
                raise
        return json.loads(answer)

    def close(self) -> None:
        """End what is under way, as the end of the process does."""
        with self._lock:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_SECONDS)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        return connection


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, limiter: Limiter) -> None:
        self.limiter = limiter
        super().__init__(str(path), _Handler)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A process that went away; the default prints a traceback."""


class _Handler(StreamRequestHandler):
    server: _Server

    @override
    def handle(self) -> None:
        leases: dict[str, list[Holder]] = {}
        try:
            while line := self.rfile.readline(_MAX_LINE):
                self.wfile.write(json.dumps(self._answer(line, leases)).encode() + b"\n")
        finally:
            for lease, holders in leases.items():
                self.server.limiter.release(holders, lease)

    def _answer(self, line: bytes, leases: dict[str, list[Holder]]) -> tuple[str, str, int] | None:
        what, listed, argument = json.loads(line)
        holders = [_from_json(each) for each in listed]
        limiter = self.server.limiter
        if what == "charge":
            limiter.charge(holders, argument)
        elif what == "release":
            limiter.release(holders, argument)
            leases.pop(argument, None)
        else:
            excess = limiter.admit(holders, argument)
            if excess is not None:
                return excess.holder, excess.what, excess.seconds
            leases[argument] = holders
        return None


def _to_json(holder: Holder) -> list[Any]:
    rate = holder.rate
    return [holder.name, rate.requests_per_minute, rate.characters_per_minute, rate.concurrent]


def _from_json(listed: Sequence[Any]) -> Holder:
    name, requests, characters, concurrent = listed
    return Holder(name, Rate(requests_per_minute=requests, characters_per_minute=characters, concurrent=concurrent))
