"""A proxy auto-configuration file: providers through the proxy, everybody else directly.

Written for the JavaScript of 1996 that PAC engines guarantee. A provider never falls back to DIRECT: when the proxy is down, so is the provider.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dlp.errors import ConfigurationError
from dlp.providers.table import ProviderTable, host_expression, normalise_host

CONTENT_TYPE = "application/x-ns-proxy-autoconfig"
PATHS = frozenset({"/proxy.pac", "/wpad.dat"})
_PROXY = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}")


def pac_file(table: ProviderTable, proxies: Iterable[str]) -> str:
    """The file's text.

    Args:
        proxies: `host:port` each, tried in order.

    Raises:
        ConfigurationError: One of them isn't of that form, or there is none.
    """
    listed = list(proxies)
    if not listed or not all(_PROXY.fullmatch(proxy) and 0 < int(proxy.rpartition(":")[2]) < 2**16 for proxy in listed):
        raise ConfigurationError("a PAC file needs proxies as HOST:PORT")
    route = "; ".join(f"PROXY {proxy}" for proxy in listed)
    hosts = [host for provider in table.providers for host in table.hosts_of(provider.id)]
    variable = [host for host in hosts if "*" in host or "{r}" in host]
    fixed = sorted({normalise_host(re.sub(r":\d+\Z", "", host)) for host in hosts if host not in variable})
    patterns = "|".join(sorted(host_expression(host) for host in variable))
    never = dict.fromkeys(sorted(table.never_open), 1)
    return f"""\
// Made by `python -m dlp egress pac`: hosts of LLM providers go through the proxy and nowhere else.
var DLP_HOSTS = {json.dumps(dict.fromkeys(fixed, 1))};
var DLP_NEVER = {json.dumps(never)};
var DLP_PATTERN = /^(?:{patterns})$/;

function FindProxyForURL(url, host) {{
    host = host.toLowerCase().replace(/\\.$/, "");
    if (DLP_NEVER[host] === 1) return "DIRECT";
    if (DLP_HOSTS[host] === 1 || DLP_PATTERN.test(host)) return {json.dumps(route)};
    return "DIRECT";
}}
"""


def pac_server(text: str, address: str, port: int) -> ThreadingHTTPServer:
    """A server that answers `/proxy.pac` and, for browsers that look for a host called `wpad`, `/wpad.dat`.

    Raises:
        ConfigurationError: The address can't be listened on.
    """
    body = text.encode("utf-8")

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            known = self.path.partition("?")[0] in PATHS
            self.send_response(200 if known else 404)
            self.send_header("content-type", CONTENT_TYPE if known else "text/plain")
            self.send_header("content-length", str(len(body) if known else 0))
            self.end_headers()
            if known:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
            """Nothing: who asks for a PAC file is nobody's business."""

    try:
        return ThreadingHTTPServer((address, port), Handler)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {address}:{port}: {error.strerror}") from None
