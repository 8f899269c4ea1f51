"""Who may restore by hand: one file of names, roles and scrypt hashes, written whole, mode 0600."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from dlp.detect.entities import ENTITY_TYPES, Group
from dlp.errors import ConfigurationError
from dlp.files import read_private, replace_file
from dlp.keyfiles import state_folder

MIN_PASSCODE = 10
"""Characters. Tries are limited to a handful an hour, so this holds against guessing; against a copy of the file scrypt has to."""
MAX_PASSCODE = 1000
MAX_OPERATORS = 1000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")

_MAX_FILE = 2**20
_VERSION = 1
_SALT_BYTES = 16
_HASH_BYTES = 32
_N, _R, _P = 2**15, 8, 3
"""scrypt's cost: 32 MiB and some tenths of a second, as OWASP's Password Storage Cheat Sheet has it (2025)."""
_MAX_MEMORY = 2**28
_MIN_DISTINCT = 5


class Role(StrEnum):
    """What an operator may do. One may have several."""

    RESTORE = "restore"
    """See what tokens stand for."""
    APPROVE = "approve"
    """Let another operator do so, where two people are needed."""
    ADMIN = "admin"
    """Add and remove operators, and make the rules."""


@dataclass(frozen=True, slots=True, repr=False)
class Passcode:
    """A passcode as it is kept: salt and hash. `repr` shows neither.

    Args:
        n, r, p: scrypt's cost (RFC 7914); memory is 128 n r bytes.
    """

    salt: bytes
    digest: bytes
    n: int = _N
    r: int = _R
    p: int = _P

    def __repr__(self) -> str:
        return "<Passcode>"

    @classmethod
    def of(cls, text: str) -> Self:
        """Hash a new passcode. Raises `ConfigurationError` for one that is too short, too long or too simple."""
        if not MIN_PASSCODE <= len(text) <= MAX_PASSCODE:
            raise ConfigurationError(f"a passcode has {MIN_PASSCODE} to {MAX_PASSCODE} characters")
        if len(set(text)) < _MIN_DISTINCT:
            raise ConfigurationError(f"a passcode has at least {_MIN_DISTINCT} different characters")
        salt = secrets.token_bytes(_SALT_BYTES)
        return cls(salt, _scrypt(text, salt, _N, _R, _P), _N, _R, _P)

    def matches(self, text: str) -> bool:
        """Whether this is the passcode; takes the same time if it isn't."""
        return hmac.compare_digest(_scrypt(text[:MAX_PASSCODE], self.salt, self.n, self.r, self.p), self.digest)


NOBODYS = Passcode(b"\0" * _SALT_BYTES, b"\0" * _HASH_BYTES)
"""What a passcode is compared with when nobody bears the name, so that this takes as long. Nothing is known to have this hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who may do something here.

    Args:
        only: Entity types and groups that they may see; empty for all.
        never: Those that they may not see, whatever `only` says.
    """

    name: str
    roles: frozenset[Role]
    passcode: Passcode
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether the type of a value matters."""
        return bool(self.only or self.never)

    def may_see(self, entity_type: str | None) -> bool:
        """Whether they may see values of a type.

        Args:
            entity_type: None for one that can't be proved; only those without limits see such values.
        """
        if not self.limited:
            return True
        if entity_type is None:
            return False
        known = ENTITY_TYPES.get(entity_type)
        names = {entity_type, *([str(known.group)] if known is not None else [])}
        return not names & set(self.never) and (not self.only or bool(names & set(self.only)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    """All of them, and the rules that hold for all."""

    by_name: Mapping[str, Operator]
    two_people: bool = False
    """A grant needs the approval of a second operator before it is good for anything."""

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """From `operators.json` in the state folder; nobody if there is none.

        Raises:
            ConfigurationError: It can't be read, is open to other users, or isn't what `save` writes.
        """
        path = operators_file(folder)
        try:
            raw = read_private(path, "operators' file", _MAX_FILE)
        except FileNotFoundError:
            return cls(by_name={})
        except OSError as error:
            raise ConfigurationError(f"cannot read the operators' file {path}: {error.strerror}") from None
        try:
            return cls._parsed(json.loads(raw))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ConfigurationError(
                f"the operators' file {path} can't be read: it isn't what `dlp operators` writes"
            ) from None

    @classmethod
    def _parsed(cls, document: dict[str, Any]) -> Self:
        if document["version"] != _VERSION or len(document["operators"]) > MAX_OPERATORS:
            raise ValueError
        people = [_operator(entry) for entry in document["operators"]]
        return cls(by_name={each.name: each for each in people}, two_people=bool(document["two_people"]))

    def save(self, folder: Path | None = None) -> None:
        """Write the file, whole. Raises `ConfigurationError`."""
        path = operators_file(folder)
        document = {
            "version": _VERSION,
            "two_people": self.two_people,
            "operators": [_entry(each) for each in self.by_name.values()],
        }
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, json.dumps(document, indent=2).encode() + b"\n", mode=0o600)
        except OSError as error:
            raise ConfigurationError(f"cannot write the operators' file {path}: {error.strerror}") from None

    def with_operator(self, operator: Operator) -> Self:
        """With one more, or one changed. Raises `ConfigurationError`."""
        if len(self.by_name) >= MAX_OPERATORS:
            raise ConfigurationError(f"there are {MAX_OPERATORS} operators already")
        return replace(self, by_name={**self.by_name, operator.name: operator})

    def without(self, name: str) -> Self:
        """With one less. Raises `ConfigurationError` if then nobody could add another."""
        left = {other: operator for other, operator in self.by_name.items() if other != name}
        if not any(Role.ADMIN in operator.roles for operator in left.values()):
            raise ConfigurationError("the last admin can't be removed: nobody could add another")
        return replace(self, by_name=left)


def operators_file(folder: Path | None = None) -> Path:
    """Where the operators are written down."""
    return (folder or state_folder()) / "operators.json"


def checked_types(names: Iterable[str]) -> tuple[str, ...]:
    """Entity types and groups, as `Operator.only` and `never` have them. Raises `ConfigurationError` for an unknown one."""
    known = {*ENTITY_TYPES, *map(str, Group)}
    chosen = tuple(dict.fromkeys(names))
    for name in chosen:
        if name not in known:
            raise ConfigurationError(f"unknown entity type or group '{name[:60]}'; docs/policies.md lists them")
    return chosen


def _operator(entry: dict[str, Any]) -> Operator:
    kept = entry["passcode"]
    passcode = Passcode(bytes.fromhex(kept["salt"]), bytes.fromhex(kept["hash"]), kept["n"], kept["r"], kept["p"])
    if kept["scheme"] != "scrypt" or len(passcode.digest) != _HASH_BYTES or passcode.n < 2 or passcode.p > 100:
        raise ValueError
    if not NAME.fullmatch(entry["name"]):
        raise ValueError
    return Operator(
        name=entry["name"],
        roles=frozenset(map(Role, entry["roles"])),
        passcode=passcode,
        only=tuple(map(str, entry["only"])),
        never=tuple(map(str, entry["never"])),
    )


def _entry(operator: Operator) -> dict[str, Any]:
    kept = operator.passcode
    return {
        "name": operator.name,
        "roles": sorted(operator.roles),
        "only": list(operator.only),
        "never": list(operator.never),
        "passcode": {
            "scheme": "scrypt", "n": kept.n, "r": kept.r, "p": kept.p, "salt": kept.salt.hex(), "hash": kept.digest.hex(),
        },
    }  # fmt: skip


def _scrypt(text: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        text.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=_HASH_BYTES
    )
