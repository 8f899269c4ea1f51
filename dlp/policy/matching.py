"""Which policy a request is for: conditions on who calls and on what is called, and which of them is the most specific.

Each kind of condition has a rank, the more telling the higher: an API key beats a user, a user a group, and so on down to the host. A
policy that names a higher kind wins over one that doesn't, like selectors of a style sheet; `priority` goes before all. Two policies of the
same rank that could both be meant are a mistake of the file (`may_tie`), never a matter of chance.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a request when its policy is chosen. Holds no credential; header values may be private, so `repr` shows none."""

    host: str = ""
    """Lower case, without port."""
    path: str = ""
    """Without query."""
    model: str | None = None
    """As the request names it; None if it names none, or before its body is there."""
    address: str = ""
    """The client's."""
    user: str = ""
    """Of the proxy's authentication, or the common name of a client certificate; empty if nobody said."""
    groups: frozenset[str] = frozenset()
    api_key: str = ""
    """Keyed fingerprint of the credential for the provider."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Conditions on the caller; of each kind that is given one has to hold. False when there is none."""

    clients: tuple[Network, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    api_keys: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.clients or self.users or self.groups or self.api_keys)

    def holds(self, facts: Facts) -> bool:
        """Whether the caller is meant."""
        return (
            (not self.api_keys or facts.api_key in self.api_keys)
            and (not self.users or (bool(facts.user) and globs_hold(self.users, facts.user)))
            and (not self.groups or any(globs_hold(self.groups, group) for group in facts.groups))
            and (not self.clients or _within(facts.address, self.clients))
        )


ANYBODY = Who()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The `match:` section. Patterns have `*` for any characters; models, hosts and header names are compared without regard to case."""

    who: Who = ANYBODY
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.rank)

    @property
    def conditions(self) -> dict[str, Collection[object]]:
        """What is given of each kind, the most telling kind first."""
        return {
            "api_keys": self.who.api_keys,
            "users": self.who.users,
            "groups": self.who.groups,
            "clients": self.who.clients,
            "headers": self.headers,
            "models": self.models,
            "paths": self.paths,
            "hosts": self.hosts,
        }

    @property
    def rank(self) -> int:
        """Higher is more specific; 0 for no condition."""
        return sum(1 << (len(RANKED) - 1 - at) for at, given in enumerate(self.conditions.values()) if given)

    def may_hold(self, facts: Facts) -> bool:
        """Whether the request is meant as far as its model doesn't matter."""
        return (
            self.who.holds(facts)
            and (not self.hosts or globs_hold(self.hosts, facts.host))
            and (not self.paths or globs_hold(self.paths, facts.path))
            and all(_holds(pattern, facts.headers.get(name)) for name, pattern in self.headers.items())
        )

    def holds(self, facts: Facts) -> bool:
        """Whether the request is meant."""
        return self.may_hold(facts) and (
            not self.models or (facts.model is not None and globs_hold(self.models, facts.model.lower()))
        )


ANY_REQUEST = Match()
RANKED = tuple(ANY_REQUEST.conditions)
"""Kinds of condition, the most telling first."""


def may_tie(one: Match, other: Match) -> bool:
    """Whether some request could be meant by both of two matches of the same rank."""
    if one.who.clients and not any(_share(a, b) for a in one.who.clients for b in other.who.clients):
        return False
    if one.who.api_keys and not set(one.who.api_keys) & set(other.who.api_keys):
        return False
    # A caller may be in several groups: they never tell two policies apart.
    for mine, theirs in (
        (one.who.users, other.who.users),
        (one.hosts, other.hosts),
        (one.paths, other.paths),
        (one.models, other.models),
    ):
        if mine and not any(_may_meet(a, b) for a in mine for b in theirs):
            return False
    return all(_may_meet(one.headers[name], other.headers[name]) for name in one.headers.keys() & other.headers.keys())


def globs_hold(patterns: tuple[str, ...], text: str) -> bool:
    """Whether one of the patterns is the whole text, `*` standing for any characters."""
    return any(_compiled(pattern).fullmatch(text) for pattern in patterns)


def _holds(pattern: str, text: str | None) -> bool:
    return text is not None and _compiled(pattern).fullmatch(text) is not None


@lru_cache(4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Only `*` is special: brackets stand in places (`messages[*].content`), question marks in nothing."""
    escaped = pattern.replace("[", "[[]").replace("?", "[?]")
    return re.compile(fnmatch.translate(escaped))


def _may_meet(one: str, other: str) -> bool:
    """Whether some text fits both patterns; rather once too often."""
    if "*" not in other:
        one, other = other, one
    if "*" not in one:
        return globs_hold((other,), one)
    head = min(len(one.partition("*")[0]), len(other.partition("*")[0]))
    tail = min(len(one.rpartition("*")[2]), len(other.rpartition("*")[2]))
    return one[:head] == other[:head] and one[len(one) - tail :] == other[len(other) - tail :]


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)


def _share(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)
