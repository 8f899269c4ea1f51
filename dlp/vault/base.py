"""The seam between the engine and whatever remembers values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

MAX_VALUES = 10_000
"""Values of one scope; the oldest go first."""
MAX_TEXTS = 10_000
"""Texts of one scope that proxies share (`dlp.engine.echo_store`); those unseen longest go first."""


@dataclass(frozen=True, slots=True)
class VaultStats:
    """What a vault holds."""

    scopes: int
    values: int
    texts: int = 0
    """What proxies remember of their answers for each other."""


class Vault(Protocol):
    """Values by scope and digest.

    Promises: safe from several threads; at most `MAX_VALUES` values of a scope; a value is forgotten when its scope hasn't been used for
    the time that came with it; never blocks for longer than a few seconds. `repr` and errors show no value.
    """

    def exchange(self, scope: str, values: Mapping[str, str], seconds: float) -> Mapping[str, str]:
        """Store `values` (digest -> value) and return all that the scope has. One round trip.

        A digest that stands for something else already keeps that: the caller compares, and mints a longer one.

        Raises:
            VaultError: The store is away, or can't be trusted.
        """
        ...

    def erase(self, chosen: Callable[[str], bool]) -> int:
        """Forget every scope whose name is `chosen`, for good; returns how many there were. Raises `VaultError`."""
        ...

    def stats(self) -> VaultStats:
        """Raises `VaultError`."""
        ...

    def close(self) -> None: ...
