"""What reached a fake provider, exactly as it came, so that a test can say what a real one would have seen."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from dlp.fakes import coding

MAX_REQUESTS = 20_000
"""Requests kept; older ones are forgotten, so that a long benchmark doesn't measure this list."""

MAX_BYTES = 64 * 2**20
"""Bytes of raw traffic kept; older pieces are forgotten."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived. Header names are lower-case, in order, with repeats."""

    method: str
    host: str
    """From `Host` or `:authority`: lower-case, without a port."""
    target: str
    """Path and query as they stood on the wire."""
    http_version: str
    """`1.1` or `2`."""
    headers: tuple[tuple[str, str], ...]
    raw_body: bytes
    """The body as sent, content coding included, transfer coding undone."""
    sni: str | None = None
    """The name in the TLS handshake; None on a connection without TLS or without a name."""

    @property
    def path(self) -> str:
        """The path alone, percent-decoded once."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> str:
        return urlsplit(self.target).query

    @property
    def body(self) -> bytes:
        """The body with its content coding undone.

        Raises:
            ValueError: the body doesn't follow its declared coding.
        """
        return coding.decode(self.raw_body, self.header("content-encoding", ""))

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "surrogateescape")

    def json(self) -> Any:
        """The body parsed as JSON, which is what a provider works with.

        Raises:
            ValueError: the body is no JSON, or not of its declared coding.
        """
        return json.loads(self.body)

    def header(self, name: str, default: str | None = None) -> str:
        """The first value of a header.

        Raises:
            KeyError: the header is absent and there is no default.
        """
        wanted = name.lower()
        for key, value in self.headers:
            if key == wanted:
                return value
        if default is None:
            raise KeyError(name)
        return default

    def everything(self) -> bytes:
        """All that a provider can read, for leak searches.

        Target and headers, the body as sent and decoded, and the texts of a JSON body without its escapes.
        """
        lines = [f"{self.method} {self.target}", unquote(self.target), self.host, self.sni or ""]
        lines += [f"{name}: {value}" for name, value in self.headers]
        try:
            decoded = self.body
        except ValueError:
            decoded = b""
        with contextlib.suppress(ValueError, RecursionError):  # no JSON: the bytes themselves are all there is
            lines += iter_texts(json.loads(decoded))
        return b"\n".join([self.raw_body, decoded, "\n".join(lines).encode("utf-8", "surrogatepass")])

    def as_json(self) -> dict[str, Any]:
        """For `GET /__recorded`: everything, bodies in base64 plus the decoded body as text where it is UTF-8."""
        try:
            text: str | None = self.body.decode()
        except (ValueError, UnicodeDecodeError):
            text = None
        return {
            "method": self.method,
            "host": self.host,
            "target": self.target,
            "path": self.path,
            "http_version": self.http_version,
            "sni": self.sni,
            "headers": [list(pair) for pair in self.headers],
            "raw_body": base64.b64encode(self.raw_body).decode(),
            "body": text,
        }


def iter_texts(value: Any) -> Iterator[str]:
    """Every string in parsed JSON, keys included, and again the strings of those that hold JSON themselves."""
    if isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            with contextlib.suppress(ValueError):  # it only looked like JSON
                yield from iter_texts(json.loads(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from iter_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from iter_texts(inner)


class Recorder:
    """Keeps what arrived. Safe from several threads: the server writes, tests read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[Received] = deque(maxlen=MAX_REQUESTS)
        self._pieces: deque[bytes] = deque()
        self._size = 0

    def add(self, received: Received) -> None:
        with self._lock:
            self._requests.append(received)

    def add_bytes(self, data: bytes) -> None:
        """Bytes as read from a connection, TLS removed, before any HTTP parsing."""
        with self._lock:
            self._pieces.append(data)
            self._size += len(data)
            while self._size > MAX_BYTES:
                self._size -= len(self._pieces.popleft())

    @property
    def requests(self) -> list[Received]:
        with self._lock:
            return list(self._requests)

    @property
    def bytes(self) -> bytes:
        """All bytes of all connections in order of arrival. HTTP/2 headers are compressed in it, bodies are not."""
        with self._lock:
            return b"".join(self._pieces)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
            self._pieces.clear()
            self._size = 0
