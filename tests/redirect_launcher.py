"""Start the proxy's own command line with provider names redirected to a loopback port, as one process.

    python tests/redirect_launcher.py '{"tls": 4433, "plain": 8000}' dlp proxy --port 8080 ...
    python tests/redirect_launcher.py '{"tls": 4433, "plain": 8000}' mitmdump -s addon.py ...

Only the opening of a TCP connection is replaced. The connection's address, its SNI, the verification of the
certificate and the reuse of connections stay mitmproxy's own; rewriting `server.address` in a hook would change all
of them. Hosts that are loopback addresses already, and ports the map doesn't know, are left as they are.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import sys
from typing import Any

from mitmproxy.proxy import server


class RedirectingAsyncio:
    """The asyncio module as mitmproxy's server sees it, with another `open_connection`."""

    def __init__(self, ports: dict[int, int]) -> None:
        self._ports = ports

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def open_connection(self, host: str, port: int, **options: Any) -> Any:
        if port in self._ports and not _is_loopback(host):
            host, port = "127.0.0.1", self._ports[port]
        return await asyncio.open_connection(host, port, **options)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def main() -> int:
    ports = json.loads(sys.argv[1])
    vars(server)["asyncio"] = RedirectingAsyncio({443: ports["tls"], 80: ports["plain"]})
    program, *arguments = sys.argv[2:]
    if program == "mitmdump":
        from mitmproxy.tools.main import mitmdump

        sys.argv = ["mitmdump", *arguments]
        mitmdump(arguments)
        return 0
    from dlp.cli import main as dlp

    sys.argv = ["dlp", *arguments]
    return int(dlp(arguments) or 0)


if __name__ == "__main__":
    sys.exit(main())
