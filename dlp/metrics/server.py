"""`/metrics`, `/healthz` and `/readyz` over HTTP, on threads of their own: they answer even if the event loop does not."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
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
_UNIX = "unix:"

type Address = tuple[str, int] | Path
"""Host and port, or the path of a Unix socket."""
type Page = Callable[[], tuple[int, str, bytes]]
"""Status, content type and body of a page."""


def parse_address(text: str) -> Address | None:
    """`HOST:PORT` or `unix:PATH` as `dlp_metrics` has it; None for `off`. Port 0 is any free one; an IPv6 host stands in brackets.

    Raises:
        ConfigurationError: It is neither.
    """
    if text.strip().lower() in (OFF, ""):
        return None
    if text.startswith(_UNIX) and len(text) > len(_UNIX):
        return Path(text.removeprefix(_UNIX))
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
        raise ConfigurationError(f"dlp_metrics: expected HOST:PORT, such as {DEFAULT_ADDRESS}, unix:PATH, or '{OFF}'")
    return bare, int(port)


class PageServer:
    """Serves until `close`. Read-only, no state.

    Args:
        address: Where to listen. A Unix socket gets mode 0600; one that a dead process left behind is replaced.
        pages: By path.

    Raises:
        OSError: The address can't be had.
    """

    def __init__(self, address: Address, pages: Mapping[str, Page]) -> None:
        self._server = _Server(address, pages)
        threading.Thread(target=self._server.serve_forever, name="dlp-metrics", daemon=True).start()

    @property
    def address(self) -> Address:
        """Where it listens."""
        if self._server.path is not None:
            return self._server.path
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Stop listening; answers that are under way are finished."""
        self._server.shutdown()
        self._server.server_close()
        if isinstance(self.address, Path):
            self.address.unlink(missing_ok=True)


class MetricsServer(PageServer):
    """The pages of one proxy. Nothing of a request is in any of them."""

    def __init__(self, address: Address, metrics: Metrics, health: Health) -> None:
        super().__init__(
            address,
            {
                "/metrics": lambda: (200, CONTENT_TYPE, metrics.render()),
                "/healthz": lambda: told([] if health.alive() else ["the event loop does not answer"]),
                "/readyz": lambda: told(health.problems()),
            },
        )


def told(problems: list[str]) -> tuple[int, str, bytes]:
    """The page of a check: 200, or 503 and what is wrong, a line each."""
    return (503 if problems else 200), _PLAIN, ("\n".join(problems) or "ok").encode() + b"\n"


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_port = False

    def __init__(self, address: Address, pages: Mapping[str, Page]) -> None:
        self.path = address if isinstance(address, Path) else None
        if isinstance(address, Path):
            self.address_family = socket.AF_UNIX
        else:
            self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.pages = pages
        self._free = threading.BoundedSemaphore(_MAX_CLIENTS)
        super().__init__(str(address) if isinstance(address, Path) else address, _Handler)  # type: ignore[arg-type] # either

    @override
    def server_bind(self) -> None:
        # HTTPServer would look its own name up in the DNS here, which can take seconds.
        if self.path is not None:
            _bind_path(self.socket, self.path)
            self.server_address = str(self.path)  # type: ignore[assignment] # of another family
            self.server_name, self.server_port = "dlp", 0
            return
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


def _bind_path(server: socket.socket, path: Path) -> None:
    """Bind a Unix socket that nobody else may connect to."""
    try:
        server.bind(str(path))
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not _is_left_behind(path):
            raise
        path.unlink()
        server.bind(str(path))
    path.chmod(0o600)  # nobody can connect before it listens


def _is_left_behind(path: Path) -> bool:
    """Whether this is a socket that no process listens at."""
    if not path.is_socket():
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


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
