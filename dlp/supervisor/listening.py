"""The sockets that clients connect to, opened once for all processes."""

from __future__ import annotations

import contextlib
import errno
import socket
from dataclasses import dataclass
from typing import Any

from dlp.errors import ConfigurationError

BACKLOG = 1024
"""Connections that wait while no process takes any; more than the kernel's own limit has no effect."""
_NO_SUCH_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
"""What a system without IPv6 says."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where one of the proxy's modes is reached.

    Args:
        number: Its place among the modes, from 0.
        host: Empty for every address.
    """

    number: int
    host: str
    port: int


def bind(listener: Listener) -> list[socket.socket]:
    """One socket per address of the host, all on one port. They don't listen yet, so nobody can connect.

    Raises:
        ConfigurationError: An address can't be had.
    """
    opened: list[socket.socket] = []
    port = listener.port
    try:
        with contextlib.ExitStack() as undo:
            found = socket.getaddrinfo(listener.host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            for family, kind, protocol, _, address in sorted(found):  # IPv4 first
                try:
                    one = undo.enter_context(_bound(family, kind, protocol, (address[0], port, *address[2:])))
                except OSError as error:
                    if opened and error.errno in _NO_SUCH_FAMILY:
                        continue
                    raise
                port = one.getsockname()[1]
                opened.append(one)
            undo.pop_all()
    except OSError as error:
        raise unusable(f"{listener.host or '*'}:{listener.port}", error) from None
    return opened


def _bound(family: int, kind: int, protocol: int, address: tuple[Any, ...]) -> socket.socket:
    one = socket.socket(family, kind, protocol)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.setblocking(False)
        one.bind(address)
    except OSError:
        one.close()
        raise
    return one


def unusable(where: str, error: OSError) -> ConfigurationError:
    """What to say when an address can't be listened on."""
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"{where} is in use by another program; choose another port with --port (make run PORT=…)"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return ConfigurationError(f"listening on {where} is not permitted; ports below 1024 need privileges")
    return ConfigurationError(f"the proxy could not listen on {where}: {error.strerror or 'unknown host'}")
