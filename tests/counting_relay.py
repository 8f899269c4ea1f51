"""A relay in front of a server that answers questions, which counts how often somebody waited for an answer."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import Self

_GREETINGS = frozenset({b"CLIENT", b"HELLO", b"PING", b"SELECT", b"AUTH"})
"""What Redis clients say when they have connected, or to keep a connection."""


class CountingRelay:
    """Passes bytes on to a Redis server, and counts round trips by the first command of each: whatever is sent before an answer comes is one."""

    def __init__(self, port: int) -> None:
        self._upstream = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        self._lock = threading.Lock()
        self._trips: Counter[str] = Counter()
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.close()
        for each in self._open:
            each.close()

    def take(self) -> Counter[str]:
        """Round trips since the last time, by command."""
        with self._lock:
            taken, self._trips = self._trips, Counter()
        return taken

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._upstream)
            self._open += [client, server]
            answered = threading.Event()
            answered.set()
            for arguments in ((client, server, answered, True), (server, client, answered, False)):
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, answered: threading.Event, asks: bool) -> None:  # noqa: FBT001
        try:
            while chunk := source.recv(2**16):
                if not asks:
                    answered.set()
                elif answered.is_set():
                    answered.clear()
                    command = chunk.split(b"\r\n", 3)[2].upper()
                    if command not in _GREETINGS:
                        with self._lock:
                            self._trips[command.decode("ascii")] += 1
                sink.sendall(chunk)
        except OSError:
            pass
        finally:
            sink.close()
