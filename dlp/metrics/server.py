"""`/metrics`, `/healthz` and `/readyz` over HTTP, on threads of their own: they answer even if the event loop does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any, override

from dlp.errors import ConfigurationError
from dlp.metrics.health import Health
from dlp.metrics.registry import CONTENT_TYPE, Metrics

OFF = "off"
DEFAULT_ADDRESS = "127.0.0.1:9091"

_TIMEOUT = 10.0
"""Seconds that a client may take to say what it wants."""
_MAX_CLIENTS = 16
"""Connections at once; a scraper needs one. Further ones are closed."""
_PLAIN = "text/plain; charset=utf-8"


def parse_address(text: str) -> tuple[str, int] | None:
    """`HOST:PORT` as `dlp_metrics` has it; None for `off`. Port 0 is any free one; an IPv6 host stands in brackets.

    Raises:
        ConfigurationError: It is neither.
    """
    if text.strip().lower() in (OFF, ""):
        return None
    host, colon, port = text.strip().rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if (
        not colon
        or not bare
        or not port.isascii()
        or not port.isdigit()
        or int(port[:6]) > 65535
        or bare in (":", "::]")
    ):
        raise ConfigurationError(f"dlp_metrics: expected HOST:PORT, such as {DEFAULT_ADDRESS}, or '{OFF}'")
    return bare, int(port)


class MetricsServer:
    """Serves until `close`. Read-only, no state, nothing of a request in any answer.

    Args:
        address: Host and port to listen on.

    Raises:
        OSError: The address can't be had.
    """

    def __init__(self, address: tuple[str, int], metrics: Metrics, health: Health) -> None:
        pages: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/metrics": lambda: (200, CONTENT_TYPE, metrics.render()),
            "/healthz": lambda: _told([] if health.alive() else ["the event loop does not answer"]),
            "/readyz": lambda: _told(health.problems()),
        }
        self._server = _Server(address, pages)
        threading.Thread(target=self._server.serve_forever, name="dlp-metrics", daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Stop listening; answers that are under way are finished."""
        self._server.shutdown()
        self._server.server_close()


def _told(problems: list[str]) -> tuple[int, str, bytes]:
    return (503 if problems else 200), _PLAIN, ("\n".join(problems) or "ok").encode() + b"\n"


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_port = False

    def __init__(self, address: tuple[str, int], pages: dict[str, Callable[[], tuple[int, str, bytes]]]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.pages = pages
        self._free = threading.BoundedSemaphore(_MAX_CLIENTS)
        super().__init__(address, _Handler)

    @override
    def server_bind(self) -> None:
        # HTTPServer would look its own name up in the DNS here, which can take seconds.
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "dlp", self.server_address[1]

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    @override
    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away; the default prints a traceback."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _TIMEOUT
    server: _Server

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0])
        status, content_type, body = page() if page else (404, _PLAIN, b"not found\n")
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    @override
    def version_string(self) -> str:
        return "dlp"

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a scrape is no news, and its request line comes from outside."""
