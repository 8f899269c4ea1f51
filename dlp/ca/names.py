"""Names that a CA may be constrained to: hosts as policies and URLs write them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from cryptography import x509

from dlp.errors import ConfigurationError

type IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def subtrees(hosts: Iterable[str]) -> list[x509.GeneralName]:
    """Name constraints for hosts; `*.` and ports are dropped, repeated and covered names left out.

    Raises:
        ConfigurationError: One is neither a name nor an address, or there are no names, without which every name would be open.
    """
    domains: set[str] = set()
    addresses: set[IPNetwork] = set()
    for host in hosts:
        name = host_name(host).removeprefix("*.")
        if network := as_network(name):
            addresses.add(network)
        elif re.fullmatch(
            r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", name
        ):
            domains.add(name)
        else:
            raise ConfigurationError(f"a CA can't be constrained to {host!r}; expected a host name or an address")
    if not domains:
        raise ConfigurationError("a constrained CA needs at least one host name")
    kept = [name for name in domains if not any(name.endswith(f".{other}") for other in domains)]
    return [
        *(x509.DNSName(name) for name in sorted(kept)),
        *(x509.IPAddress(network) for network in sorted(addresses, key=str)),
    ]


def host_name(host: str) -> str:
    """A host as policies and URLs write it, without port, brackets and final dot; in lower case."""
    name = host.strip().lower()
    if not as_address(name):  # an IPv6 address without brackets ends like a port
        name = re.sub(r":\d{1,5}\Z", "", name)
    return name.rstrip(".").removeprefix("[").removesuffix("]")


def as_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a text is, if it is one."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def as_network(text: str) -> IPNetwork | None:
    """The network (or one address) that a text is, if it is one."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None
