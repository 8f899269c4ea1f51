"""Whom clients may reach through the proxy. A proxy for others must not be their way into its own network (SSRF).

Providers, and hosts that a policy names, are what the proxy is for; they are never refused. Everybody else's address is looked up before
the connection is opened, and refused if it is one of this machine or its network. Link-local addresses, where clouds hand out credentials,
are refused in any case, unless listed. The proxy itself is refused to all.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket

from mitmproxy.proxy.mode_specs import RegularMode, Socks5Mode
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from dlp.errors import ConfigurationError
from dlp.printable import printable
from dlp.providers.table import ProviderTable, normalise_host

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LOOKUP_SECONDS = 10.0
_KINDS = ("auto", "public", "any")
_NAME = re.compile(r"(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?")
_METADATA = (
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("fe80::/10"),
    ipaddress.ip_network("fd00:ec2::/32"),
    ipaddress.ip_network("100.100.100.200/32"),
)
"""Link-local, and where AWS (IPv6) and Alibaba Cloud serve instance metadata."""
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "metadata", "instance-data"})


class Destinations:
    """The rule.

    Args:
        kind: `public`: nothing private; `any`: no rule but for link-local; `auto`: `public` for connections that came in from another
            machine, which can't reach this one's network otherwise.
        allowed: Names, addresses and networks with commas between them; `*.corp.example` stands for all below.

    Raises:
        ConfigurationError: The kind is unknown, or what is allowed is neither a name nor an address nor a network.
    """

    def __init__(self, kind: str = "auto", allowed: str = "") -> None:
        if kind not in _KINDS:
            raise ConfigurationError(f"dlp_destinations: expected {', '.join(_KINDS)}, found {kind[:30]!r}")
        self._kind = kind
        self._names: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for part in filter(None, (part.strip() for part in allowed.split(","))):
            try:
                self._networks.append(ipaddress.ip_network(part.strip("[]"), strict=False))
            except ValueError:
                if not _NAME.fullmatch(part):
                    raise ConfigurationError(
                        f"dlp_allow_destinations: expected names, addresses and networks, found '{printable(part, 80)}'"
                    ) from None
                self._names.add(normalise_host(part))

    async def refusal(self, data: ServerConnectionHookData, table: ProviderTable) -> str | None:
        """Why a connection must not be opened; None if it may be."""
        if data.server.address is None or not isinstance(data.client.proxy_mode, (RegularMode, Socks5Mode)):
            return None  # the operator has named the destination, or routing has brought the client here
        host, port = data.server.address[:2]
        if port == data.client.sockname[1] and await _is_here(host, port, data.client.sockname[0]):
            return "refused: the proxy itself"  # which would ask itself the same again, until it has no more sockets
        if self._is_listed(host) or table.find(host, port) is not None:
            return None
        if normalise_host(host) in _METADATA_NAMES:
            return "refused: cloud metadata"
        private = self._kind == "public" or (self._kind == "auto" and not _is_own(data))
        for address in await _addresses(normalise_host(host), port):
            if any(address in network for network in self._networks if network.version == address.version):
                continue
            if any(address in network for network in _METADATA if network.version == address.version):
                return "refused: a link-local or metadata address"
            if private and not address.is_global:
                return "refused: not a public address (dlp_allow_destinations can list it)"
        return None

    def _is_listed(self, host: str) -> bool:
        name = normalise_host(host)
        parents = name.split(".")
        return name in self._names or any(f"*.{'.'.join(parents[at:])}" in self._names for at in range(1, len(parents)))


def _is_own(data: ServerConnectionHookData) -> bool:
    """Whether the client is on this machine."""
    return _plain(data.client.peername[0]).is_loopback


async def _is_here(host: str, port: int, own: str) -> bool:
    """Whether a host is this machine, which has the address `own` among others.

    Of one that is reached under another of its addresses that is seen when it has come by once.
    """
    return any(
        address.is_loopback or address.is_unspecified or address == _plain(own)
        for address in await _addresses(normalise_host(host), port)
    )


async def _addresses(host: str, port: int) -> list[Address]:
    """Every address of a host; none if it has none, and then nothing can be reached either."""
    try:
        return [_plain(host.strip("[]"))]
    except ValueError:
        pass
    try:
        lookup = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = await asyncio.wait_for(lookup, LOOKUP_SECONDS)
    except (OSError, UnicodeError, TimeoutError):
        return []
    return [_plain(str(sockaddr[0])) for *_, sockaddr in found]


def _plain(text: str) -> Address:
    """An address without zone, and without the IPv6 form of an IPv4 one. Raises `ValueError`."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
