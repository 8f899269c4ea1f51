"""Which connections and requests are a provider's. Decisions on names only."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from dlp.providers.table import Provider, ProviderTable, normalise_host

Name = tuple[str, int | None]
"""A host name or address and, where known, the port."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The names of one request don't agree on a provider: domain fronting, or a mistake."""


def opens_tls(table: ProviderTable, names: Iterable[Name | None]) -> bool:
    """Whether a TLS connection is a provider's by any of its names (SNI, CONNECT target, original destination)."""
    return any(table.find(*name) is not None for name in names if name is not None and name[0])


def provider_of(table: ProviderTable, names: Iterable[Name]) -> Provider | Mismatch | None:
    """The provider that a request goes to.

    Each of the names a request bears may decide where it ends up, so all must name the same provider. Addresses don't count
    against a name: clients connect to addresses, and transparent mode knows nothing else.

    Returns:
        The provider; None when no name is a provider's; `Mismatch` when they disagree.
    """
    found: list[Provider | None] = []
    for host, port in names:
        provider = table.find(host, port)
        if provider is not None or not is_address(host):
            found.append(provider)
    providers = {provider.id for provider in found if provider is not None}
    if not providers:
        return None
    if len(providers) > 1 or None in found:
        return Mismatch()
    return next(provider for provider in found if provider is not None)


def is_address(host: str) -> bool:
    """Whether a host is an IP address rather than a name."""
    try:
        ipaddress.ip_address(normalise_host(host).partition("%")[0])
    except ValueError:
        return False
    return True
