"""Where mitmproxy's modes listen, told without loading the proxy."""

from __future__ import annotations

from collections.abc import Sequence

from mitmproxy.proxy import mode_specs

from dlp.errors import ConfigurationError
from dlp.supervisor.link import MAX_LISTENERS
from dlp.supervisor.listening import Listener


def listeners(modes: Sequence[str], host: str, port: int) -> list[Listener]:
    """Where the modes are reached, in their order.

    Args:
        host, port: For modes that name none.

    Raises:
        ConfigurationError: A mode is none, or one whose traffic can't be shared by several processes.
    """
    if len(modes) > MAX_LISTENERS:
        raise ConfigurationError(f"--mode: several processes share {MAX_LISTENERS} modes at most")
    return [_listener(number, spec, host, port) for number, spec in enumerate(modes)]


def _listener(number: int, spec: str, host: str, port: int) -> Listener:
    try:
        mode = mode_specs.ProxyMode.parse(spec)
    except ValueError as error:
        raise ConfigurationError(f"--mode {spec}: {error}") from None
    # A reverse proxy of HTTPS would listen for HTTP/3, too, which the addon switches off.
    streams = mode.transport_protocol == "tcp" or (isinstance(mode, mode_specs.ReverseMode) and mode.scheme == "https")
    at = mode.listen_port(port)
    if at is None or not streams:
        raise ConfigurationError(f"--mode {spec}: only TCP can be shared by several processes; run this mode with one")
    return Listener(number, mode.listen_host(host), at)
