"""Audit events to syslog (RFC 5424): a local socket, UDP, TCP or TLS, the message being the event's JSON line.

    syslog:/dev/log    syslog+udp://HOST:514    syslog+tcp://HOST:601    syslog+tls://HOST:6514

TCP and TLS frame by octet count (RFC 6587, RFC 5425). Over UDP nobody knows whether anything arrived.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from dlp.audit.events import Record
from dlp.errors import ConfigurationError

_PRIORITY = 13 * 8 + 5
"""Facility 13, log audit; severity 5, notice (RFC 5424, 6.2.1)."""
_TIMEOUT = 10.0
_REMOTE = re.compile(r"syslog\+(udp|tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[^\[\]:/@]+):([0-9]{1,5})/?")
_LOCAL = "syslog:"


def is_syslog(target: str) -> bool:
    """Whether a target of `dlp_audit` is meant for this module."""
    return target.startswith((_LOCAL, "syslog+"))


class Syslog:
    """One receiver; `deliver` is for one thread. Raises `ConfigurationError` for a target that is none."""

    def __init__(self, target: str) -> None:
        self._socket: socket.socket | None = None
        self._hostname = socket.gethostname()[:255] or "-"
        remote = _REMOTE.fullmatch(target)
        path = target.removeprefix(_LOCAL)
        if remote and 0 < int(remote[3]) < 2**16:
            self._kind, self._address = remote[1], (remote[2].strip("[]"), int(remote[3]))
        elif target.startswith(_LOCAL) and path.startswith("/"):
            self._kind, self._path = "unix", path
        else:
            raise ConfigurationError(
                "dlp_audit: expected syslog:/dev/log or syslog+udp://HOST:514 (or +tcp, +tls) for a syslog target"
            )

    def deliver(self, events: Sequence[Record]) -> None:
        """Send events; raises `OSError` when that fails, and starts with a new connection the next time."""
        try:
            connection = self._socket = self._socket or self._connect()
            for event in events:
                connection.sendall(self._framed(event))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        if self._kind == "unix":
            local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            return _connected(local, self._path)
        if self._kind == "udp":
            family, kind, protocol, _, address = socket.getaddrinfo(*self._address, type=socket.SOCK_DGRAM)[0]
            return _connected(socket.socket(family, kind, protocol), address)
        stream = socket.create_connection(self._address, _TIMEOUT)
        if self._kind == "tcp":
            return stream
        return ssl.create_default_context().wrap_socket(stream, server_hostname=self._address[0])

    def _framed(self, event: Record) -> bytes:
        head = f"<{_PRIORITY}>1 {event.time} {self._hostname} dlp {os.getpid()} audit - "
        message = head.encode("ascii", "replace") + event.to_line().rstrip(b"\n")
        return b"%d %s" % (len(message), message) if self._kind in ("tcp", "tls") else message


def _connected(fresh: socket.socket, address: Any) -> socket.socket:
    fresh.settimeout(_TIMEOUT)
    try:
        fresh.connect(address)
    except OSError:
        fresh.close()
        raise
    return fresh
