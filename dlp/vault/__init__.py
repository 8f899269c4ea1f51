"""Token -> value, beyond one request, for APIs that remember: stored responses, conversations, threads, files, batches.

One protocol (`base.Vault`), three homes: this process (`memory`), a file (`sqlite`), a server that several proxies share (`redis`). The last two
hold ciphertext alone: `sealed.SealedVault` encrypts under a data key per scope, wrapped by a key that the store never sees (`keys`).
"""

from __future__ import annotations

from pathlib import Path

from dlp.errors import ConfigurationError
from dlp.vault.base import Vault
from dlp.vault.keys import KeyRing
from dlp.vault.memory import MemoryVault
from dlp.vault.sealed import SealedVault, Store
from dlp.vault.sqlite import SqliteStore

DEFAULT_VAULT = "memory"
_REDIS = ("redis://", "rediss://", "redis+sentinel://", "rediss+sentinel://", "redis+cluster://", "rediss+cluster://")


def open_vault(target: str, state: Path | None = None) -> Vault:
    """The vault that `target` names: `memory`, `sqlite:PATH`, or an address such as `redis://…`.

    Args:
        state: Folder of the vault key; None for the user's state folder.

    Raises:
        ConfigurationError: The target is none of these, its file can't be used, or the key is missing or weak.
        VaultError: The store can't be trusted: it is another program's, of another version, or under another key.
    """
    if target == "memory":
        return MemoryVault()
    return SealedVault(open_store(target), KeyRing.load(state))


def is_server(target: str) -> bool:
    """Whether `target` names a server that several proxies share."""
    return target.startswith(_REDIS)


def open_store(target: str, *, create: bool = True) -> Store:
    """The store of a vault whose values are sealed.

    Args:
        create: Make the file of an SQLite vault if there is none.

    Raises:
        ConfigurationError: As for `open_vault`.
    """
    kind, _, path = target.partition(":")
    if kind == "sqlite" and path:
        if not create and not Path(path).exists():
            raise ConfigurationError(f"there is no vault {path}; name the one that the proxy has (--vault)")
        return SqliteStore(Path(path))
    if is_server(target):
        try:
            from dlp.vault.redis import RedisStore  # an extra
        except ImportError:
            raise ConfigurationError(
                "a Redis vault needs the package redis: pip install 'llm-egress-dlp[redis]'"
            ) from None
        return RedisStore(target)
    raise ConfigurationError(f"dlp_vault: expected memory, sqlite:PATH or redis://HOST:PORT/N, found {kind!r}")
