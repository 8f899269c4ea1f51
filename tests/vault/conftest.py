"""Every kind of vault, for the tests of what they have in common."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlp.vault.base import Vault
from dlp.vault.keys import KeyRing
from dlp.vault.memory import MemoryVault
from dlp.vault.redis import RedisStore
from dlp.vault.sealed import SealedVault
from dlp.vault.sqlite import SqliteStore
from tests.redis_server import RedisServer

RING = KeyRing((b"0123456789abcdef0123456789abcdef",))


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(params=["memory", "sqlite", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Vault]]:
    """Opens the vault of this test, as often as one likes; what is in it stays, but for memory."""
    vaults: list[Vault] = []
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        with contextlib.closing(server.client()) as client:
            client.flushall()

    def make() -> Vault:
        if request.param == "memory":
            return vaults[0] if vaults else MemoryVault()
        if request.param == "sqlite":
            return SealedVault(SqliteStore(tmp_path / "vault.db"), RING)
        return SealedVault(RedisStore(server.url), RING)

    def open_one() -> Vault:
        vaults.append(make())
        return vaults[-1]

    yield open_one
    for vault in vaults:
        vault.close()


@pytest.fixture
def wait() -> Callable[[float], None]:
    """Let time go by, which a server's clock can't be told to."""
    return time.sleep
