"""Reads what a proxy serves about itself."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path
from typing import override

from dlp.metrics.server import Address

MAX_BYTES = 16 * 2**20
"""Of a page; what is beyond is cut off."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def fetch(address: Address, path: str, seconds: float) -> tuple[int, str]:
    """Status and text of a page.

    Args:
        seconds: Longest wait for the connection, and for each piece of the answer.

    Raises:
        OSError: Nobody answers there, or nothing that is HTTP.
    """
    if isinstance(address, Path):
        connection: http.client.HTTPConnection = _UnixConnection(address, seconds)
    else:
        connection = http.client.HTTPConnection(*address, timeout=seconds)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read(MAX_BYTES).decode("utf-8", "replace")
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from None
    finally:
        connection.close()
