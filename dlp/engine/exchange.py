"""A request's exchange with the vault, and what comes along with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlp.errors import VaultError
from dlp.vault.base import Vault
from dlp.vault.sealed import SealedVault


class Exchange:
    """Values for the vault, and what proxies share of the request's history (`dlp.engine.history`): one round trip for both.

    The history has to be known before the request can be masked as a whole, but what stands beside it can be examined ahead (`foretold`). A second
    round trip follows only where a text that nobody knew holds something that the vault doesn't have. `repr` shows no value.

    Args:
        seconds: How long the vault keeps the values.
    """

    def __init__(self, vault: Vault, scope: str, seconds: float) -> None:
        self._vault, self._scope, self._seconds = vault, scope, seconds
        self.foretold: Mapping[str, str] | None = None
        """What is known of the request's values before its history is; None if that isn't to be stored."""
        self._kept: Mapping[str, str] | None = None
        self._failed: VaultError | None = None

    def __repr__(self) -> str:
        return f"<Exchange with {self._vault!r}>"

    @property
    def finds(self) -> bool:
        """Whether the vault is where proxies share what they know."""
        return isinstance(self._vault, SealedVault)

    def find(self, scope: str, names: Sequence[str], seconds: float) -> Mapping[str, str]:
        """Texts, as `TextStore.find_texts` has them, while the vault is told what is foretold. Raises `VaultError`."""
        if self.foretold is None or not isinstance(self._vault, SealedVault) or scope != self._scope:
            raise ValueError("there is nothing to be exchanged on the way")
        try:
            self._kept, texts = self._vault.exchange_and_find(scope, self.foretold, self._seconds, names, seconds)
        except VaultError as error:
            self._failed = error
            raise
        return texts

    def all_of(self, told: Mapping[str, str]) -> Mapping[str, str]:
        """All that the vault has of the scope, now that it is told this.

        Raises:
            VaultError: It is away. One that was a moment ago isn't waited for again.
        """
        if self._failed is not None:
            raise self._failed
        if self._kept is None or not told.keys() <= self._kept.keys():
            self._kept = self._vault.exchange(self._scope, told, self._seconds)
        return self._kept
