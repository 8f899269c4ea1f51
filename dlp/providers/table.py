"""The table of providers: which host is one, and which wire format a path has. Read once from `hosts.yaml`."""

from __future__ import annotations

import importlib
import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from dlp.providers.format import Route, WireFormat
from dlp.providers.formats.generic import GENERIC

HOSTS_FILE = Path(__file__).with_name("hosts.yaml")
MAX_HOST_LENGTH = 253
_NUMERIC = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}")
"""What `inet_aton` takes for an IPv4 address, and with it nearly every resolver."""
_HOST_AND_PORT = re.compile(r"(\[[^\]]+\]|[^:]+):(\d{1,5})")
"""With two colons and no brackets it is an IPv6 address without a port."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One LLM service."""

    id: str
    families: tuple[str, ...]
    errors: str
    """Whose error shape a refusal takes (see `dlp.providers.refusals`)."""
    opaque: bool = False

    def wire_format(self, method: str, path: str) -> WireFormat:
        """The format of an endpoint's bodies; `GENERIC` when no route names the path.

        Args:
            path: As on the wire, with or without query.
        """
        normal = normalise_path(path)
        for entry in routes_of(self.families):
            if method in entry.methods and entry.path.search(normal):
                return entry.format
        return GENERIC


class ProviderTable:
    """Host names to providers. Look-ups are exact on label boundaries: `evilchatgpt.com` is not `chatgpt.com`."""

    def __init__(
        self, providers: Mapping[str, Provider], hosts: Mapping[str, str], never_open: Iterable[str] = ()
    ) -> None:
        self._providers = dict(providers)
        self._hosts = dict(hosts)
        self._never_open = frozenset(never_open)
        self._exact: dict[str, Provider] = {}
        patterns: list[tuple[re.Pattern[str], Provider]] = []
        self._with_port: dict[str, Provider] = {}
        for host, provider_id in hosts.items():
            provider = self._providers[provider_id]
            if "*" in host or "{r}" in host:
                patterns.append((re.compile(host_expression(host)), provider))
            elif named := _HOST_AND_PORT.fullmatch(host):
                self._with_port[f"{normalise_host(named[1])}:{named[2]}"] = provider
            else:
                self._exact[normalise_host(host)] = provider
        self._patterns = patterns

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All of them, in the file's order."""
        return tuple(self._providers.values())

    @property
    def never_open(self) -> frozenset[str]:
        """Hosts that no entry may open."""
        return self._never_open

    def hosts_of(self, provider_id: str) -> tuple[str, ...]:
        """A provider's hosts as they were given, in that order."""
        return tuple(host for host, owner in self._hosts.items() if owner == provider_id)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._providers)

    def with_hosts(self, extra: Mapping[str, str]) -> ProviderTable:
        """This table plus a policy's `hosts:` (`host` or `host:port` -> provider id).

        Raises:
            KeyError: An id that no provider has.
        """
        table = ProviderTable(self._providers, extra, self._never_open)
        table._hosts = self._hosts | table._hosts
        table._exact = self._exact | table._exact
        table._patterns += self._patterns
        table._with_port = self._with_port | table._with_port
        return table

    def find(self, host: str | None, port: int | None = None) -> Provider | None:
        """The provider behind a host name as given by SNI, CONNECT or a Host header; None for anybody else's."""
        if not host:
            return None
        name = normalise_host(host)
        if len(name) > MAX_HOST_LENGTH or name in self._never_open:
            return None
        if port is not None and (provider := self._with_port.get(f"{name}:{port}")):
            return provider
        if provider := self._exact.get(name):
            return provider
        return next((provider for pattern, provider in self._patterns if pattern.fullmatch(name)), None)


@cache
def default_table() -> ProviderTable:
    """The shipped table. A mistake in it is a programming error and raises."""
    return table_of(_raw())


def table_of(raw: Mapping[str, Any]) -> ProviderTable:
    """The table that a document in the shape of `hosts.yaml` describes."""
    providers = {
        name: Provider(name, tuple(entry["speaks"]), entry["errors"], entry.get("opaque", False))
        for name, entry in raw["providers"].items()
    }
    hosts = {host: name for name, entry in raw["providers"].items() for host in entry["hosts"]}
    return ProviderTable(providers, hosts, raw["never_open"])


def host_suffixes() -> tuple[str, ...]:
    """The domains that hold every shipped host, for a CA that may issue for nothing else (`dlp.ca`).

    A host with a variable part stands for what follows it: `bedrock-runtime.{r}.amazonaws.com` for `amazonaws.com`.
    """
    hosts = (host for entry in _raw()["providers"].values() for host in entry["hosts"])
    return tuple(sorted({re.sub(r"^.*[*}][^.]*\.", "", host) for host in hosts}))


def certificate_names() -> tuple[list[str], list[str]]:
    """The shipped hosts as names that a certificate can hold, `*` for one label in front, and the patterns that none can."""
    possible, rest = set[str](), list[str]()
    for host in (host for entry in _raw()["providers"].values() for host in entry["hosts"]):
        plain = re.sub(r"^\{[^}]*\}\.", "*.", host)
        if re.search(r"[{}]|.\*", plain):
            rest.append(host)
        else:
            possible.add(plain)
    return sorted(possible), rest


@cache
def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = yaml.safe_load(HOSTS_FILE.read_text("utf-8"))
    return raw


def normalise_host(host: str) -> str:
    """A name or an address as resolvers take it: lower case, without a trailing dot or brackets.

    Letters and full stops of other scripts are the ASCII that they stand for (RFC 3490, 4), addresses have their usual spelling: `127.1`,
    `0x7f000001` and `::ffff:127.0.0.1` are `127.0.0.1`.
    """
    name = host.strip().lower().rstrip(".").removeprefix("[").removesuffix("]")
    if len(name) > MAX_HOST_LENGTH:
        return name  # no name at all; and what follows takes its time over long ones
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii").lower().rstrip(".")
        except UnicodeError:
            return name
    return _address(name) or name


def _address(name: str) -> str | None:
    """An address in its usual spelling, None if it is none."""
    try:
        if ":" in name:
            address, mark, zone = name.partition("%")
            six = ipaddress.IPv6Address(address)
            return str(six.ipv4_mapped or six) + mark + zone
        return socket.inet_ntoa(socket.inet_aton(name)) if _NUMERIC.fullmatch(name) else None
    except (OSError, ValueError):
        return None


def normalise_path(path: str) -> str:
    """A path as routes see it: no query or fragment, percent-decoded once, no `//`, `.` or `..`, no trailing slash."""
    segments: list[str] = []
    for segment in unquote(re.split(r"[?#]", path, maxsplit=1)[0]).split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/" + "/".join(segments)


def host_expression(host: str) -> str:
    """A host with a variable part as a regular expression for the whole lower-case name, in what Python and JavaScript share."""
    return (
        re.escape(host.lower())
        .replace(r"\-", "-")
        .replace(r"\{r\}", "[a-z0-9-]{1,63}")
        .replace(r"\*\.", r"(?:[a-z0-9_-]{1,63}\.){1,10}")
    )


@cache
def routes_of(families: tuple[str, ...]) -> tuple[Route, ...]:
    """The routes of several families, in the order in which they are tried."""
    modules = (importlib.import_module(f"dlp.providers.formats.{family}") for family in families)
    return tuple(entry for module in modules for entry in module.ROUTES)
