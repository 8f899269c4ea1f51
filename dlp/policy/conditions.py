"""The conditions of a policy file: on who calls, and on what is called."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import date

from dlp.policy import document
from dlp.policy.matching import Match, Network, Who
from dlp.policy.reading import Entry, Reader, either
from dlp.printable import printable

WHO_KEYS = ("clients", "users", "groups", "api_keys")
GROUP_KEYS = tuple(key for key in WHO_KEYS if key != "groups")
"""A group's members are no groups."""
MATCH_KEYS = ("hosts", "paths", "models", *WHO_KEYS, "headers")

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,100}")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"})


class ConditionsReader(Reader):
    """Reads `match:`, and what other sections have of it."""

    def _match(self, entry: Entry | None) -> Match:
        if entry is None:
            return Match()
        keys = self._mapping(entry.value, entry.place, known=MATCH_KEYS)
        match = Match(
            who=self._who(keys),
            hosts=self._patterns_of(keys.get("hosts"), fold=True),
            paths=self._patterns_of(keys.get("paths")),
            models=self._patterns_of(keys.get("models"), fold=True),
            headers=self._headers(keys.get("headers")),
        )
        if isinstance(entry.value, document.Mapping) and not keys:
            self._wrong(entry.value, entry.place, f"no condition; expected {either(MATCH_KEYS)}")
        return match

    def _who(self, keys: Mapping[str, Entry]) -> Who:
        clients: list[Network] = []
        for node, place, word in self._words(keys.get("clients")):
            try:
                clients.append(ipaddress.ip_network(word))
            except ValueError:
                self._wrong(
                    node, place, f"'{printable(word)}' is no address or network; expected one as in 10.1.0.0/16 or ::1"
                )
        api_keys: list[str] = []
        for node, place, word in self._words(keys.get("api_keys")):
            if _FINGERPRINT.fullmatch(word):
                api_keys.append(word)
            else:  # perhaps the key itself, which no message may repeat
                self._wrong(
                    node, place, "not a fingerprint; expected 16 hex digits, as `python -m dlp fingerprint` prints"
                )
        return Who(
            clients=tuple(clients),
            users=self._patterns_of(keys.get("users")),
            groups=self._patterns_of(keys.get("groups")),
            api_keys=tuple(api_keys),
        )

    def _headers(self, entry: Entry | None) -> dict[str, str]:
        headers: dict[str, str] = {}
        if entry is None:
            return headers
        for each in self._mapping(entry.value, entry.place).values():
            name = each.key.lower()
            if not _HEADER.fullmatch(name):
                self._wrong(each.key_node, each.place, "not the name of a header")
            elif name in _CREDENTIALS:
                self._wrong(each.key_node, each.place, "a credential; use api_keys or users")
            elif (pattern := self._text(each.value, each.place)) is not None:
                headers[name] = pattern
        return headers

    def _patterns_of(self, entry: Entry | None, *, fold: bool = False) -> tuple[str, ...]:
        return tuple(word.lower() if fold else word for _, _, word in self._words(entry))

    def _day(self, entry: Entry | None) -> date | None:
        if entry is None:
            return None
        try:
            return date.fromisoformat(entry.value.text if isinstance(entry.value, document.Scalar) else "")
        except ValueError:
            self._wrong(
                entry.value, entry.place, f"{self._shown(entry.value)} is no day; expected one as in 2026-11-30"
            )
            return None

    def who_by_name(self, root: document.Node) -> dict[str, tuple[Who, ...]]:
        """See `read_groups`."""
        named: dict[str, tuple[Who, ...]] = {}
        for entry in self._mapping(root, "").values():
            keys = self._mapping(entry.value, entry.place, known=GROUP_KEYS)
            if isinstance(entry.value, document.Mapping) and not keys:
                self._wrong(entry.value, entry.place, f"nobody is in it; expected {either(GROUP_KEYS)}")
            named[entry.key] = tuple(self._who({key: value}) for key, value in keys.items())
        return named


def read_groups(root: document.Node, source: str) -> dict[str, tuple[Who, ...]]:
    """Group -> who is in it, of a file such as `groups.yaml`: `finance: {users: [anna], clients: [10.2.0.0/16]}`.

    Whoever one of the conditions holds for is in it. Raises `PolicyError`.
    """
    reader = ConditionsReader(source)
    named = reader.who_by_name(root)
    reader.raise_problems()
    return named
