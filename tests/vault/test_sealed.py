"""What lies in a store tells nothing without the key, and is worth nothing once its scope is erased."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlp.errors import ConfigurationError, VaultError
from dlp.vault import open_vault
from dlp.vault.keys import KeyRing
from dlp.vault.redis import RedisStore
from dlp.vault.sealed import SealedVault
from dlp.vault.sqlite import SqliteStore
from tests.redis_server import RedisServer
from tests.vault.conftest import RING

HOUR = 3600.0
OLD, NEW = b"the key before the last rotation", b"the key that is in force by now."
VALUE = "anna.keller@nordwind.org"
SCOPE = "default\0user:anna"


OPENED: list[SealedVault] = []


def sqlite_vault(folder: Path, ring: KeyRing = RING) -> SealedVault:
    OPENED.append(SealedVault(SqliteStore(folder / "vault.db"), ring))
    return OPENED[-1]


def redis_vault(url: str) -> SealedVault:
    OPENED.append(SealedVault(RedisStore(url), RING))
    return OPENED[-1]


@pytest.fixture(autouse=True)
def close_what_was_opened() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def query(path: Path, statement: str, *values: object) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        return db.execute(statement, values).fetchall()


def test_the_file_holds_neither_values_nor_callers(tmp_path: Path) -> None:
    vault = sqlite_vault(tmp_path)
    vault.exchange(SCOPE, {"aabbccdd": VALUE}, HOUR)
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"aabbccdd" in everything  # the tokens themselves are no secret
    for secret in (VALUE, "user:anna", "anna", RING.keys[0].decode()):
        assert secret.encode() not in everything
    assert (tmp_path / "vault.db").stat().st_mode & 0o077 == 0
    vault.close()


def test_the_server_holds_neither_values_nor_callers(redis_server: RedisServer) -> None:
    with contextlib.closing(redis_server.client()) as client:
        client.flushall()
        redis_vault(redis_server.url).exchange(SCOPE, {"aabbccdd": VALUE}, HOUR)
        held = b"".join(client.dump(key) or b"" for key in client.keys("*")) + b"".join(client.keys("*"))
        assert VALUE.encode() not in held
        assert b"anna" not in held
        assert client.ttl(next(key for key in client.keys("*") if key.endswith(b":values"))) > HOUR - 60


def test_a_copy_of_the_file_is_unreadable_after_its_scope_was_erased(tmp_path: Path) -> None:
    """What a backup holds was encrypted under a key that is gone, and that no running proxy brings back."""
    vault, running = sqlite_vault(tmp_path), sqlite_vault(tmp_path)
    vault.exchange(SCOPE, {"aa": VALUE}, HOUR)
    running.exchange(SCOPE, {}, HOUR)
    path = tmp_path / "vault.db"
    [backup] = query(path, "SELECT value FROM sealed")
    wrapped = query(path, "SELECT wrapped FROM scopes")
    vault.erase(lambda scope: scope == SCOPE)
    running.exchange(SCOPE, {"bb": "other"}, HOUR)
    assert query(path, "SELECT wrapped FROM scopes") != wrapped
    [(name,)] = query(path, "SELECT name FROM scopes")
    query(path, "INSERT INTO sealed VALUES (?, 'aa', ?, 9)", name, backup[0])
    with pytest.raises(VaultError, match="tampered"):
        running.exchange(SCOPE, {}, HOUR)


def test_a_value_cannot_be_moved_to_another_digest(tmp_path: Path) -> None:
    vault = sqlite_vault(tmp_path)
    vault.exchange(SCOPE, {"aa": VALUE}, HOUR)
    query(tmp_path / "vault.db", "UPDATE sealed SET digest = 'bb'")
    with pytest.raises(VaultError, match="tampered"):
        vault.exchange(SCOPE, {}, HOUR)


def test_two_proxies_with_different_keys_are_told(tmp_path: Path) -> None:
    sqlite_vault(tmp_path).exchange(SCOPE, {"aa": VALUE}, HOUR)
    with pytest.raises(VaultError, match="different vault keys"):
        sqlite_vault(tmp_path, KeyRing((NEW,))).exchange(SCOPE, {}, HOUR)


@pytest.fixture(params=["sqlite", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[KeyRing], SealedVault]:
    """Opens the same store with these keys, as often as one likes."""
    if request.param == "sqlite":
        return lambda ring: sqlite_vault(tmp_path, ring)
    server: RedisServer = request.getfixturevalue("redis_server")
    with contextlib.closing(server.client()) as client:
        client.flushall()

    def make(ring: KeyRing) -> SealedVault:
        OPENED.append(SealedVault(RedisStore(server.url), ring))
        return OPENED[-1]

    return make


Opened = Callable[[KeyRing], SealedVault]


def test_texts_are_shared_by_name_within_their_scope(opened: Opened) -> None:
    one, other = opened(RING), opened(RING)
    assert one.find_texts(SCOPE, ["aa"], HOUR) == {}
    one.keep_texts(SCOPE, {"aa": "one", "bb": "two"}, HOUR)
    one.keep_texts(SCOPE, {"aa": "three"}, HOUR)
    assert other.find_texts(SCOPE, ["aa", "cc"], HOUR) == {"aa": "three"}
    assert other.find_texts("default\0user:bert", ["aa"], HOUR) == {}
    assert one.stats().texts == 2
    assert dict(other.exchange(SCOPE, {"aa": VALUE}, HOUR)) == {"aa": VALUE}  # values are something else


def test_values_and_texts_are_had_at_once(opened: Opened) -> None:
    """Also by whoever meets the scope for the first time, with nothing new to store; the key is learnt on the way."""
    one = opened(RING)
    assert one.exchange_and_find(SCOPE, {"aa": VALUE}, HOUR, ["bb"], HOUR) == ({"aa": VALUE}, {})
    one.keep_texts(SCOPE, {"bb": "two", "cc": "three"}, HOUR)
    for told in ({}, {"aa": "another"}, {"dd": "four"}):
        values, texts = opened(RING).exchange_and_find(SCOPE, told, HOUR, ["bb", "ee"], HOUR)
        assert values == {"aa": VALUE} | ({"dd": "four"} if "dd" in told else {})
        assert texts == {"bb": "two"}
    with pytest.raises(VaultError, match="different vault keys"):
        opened(KeyRing((NEW,))).exchange_and_find(SCOPE, {}, HOUR, ["bb"], HOUR)
    assert one.erase(lambda scope: scope == SCOPE) == 1
    assert one.exchange_and_find(SCOPE, {}, HOUR, ["bb"], HOUR) == ({}, {})


def test_texts_and_values_end_by_themselves(opened: Opened) -> None:
    """Whichever lives longer keeps the scope's key, and not the other."""
    vault = opened(RING)
    vault.exchange(SCOPE, {"aa": VALUE}, 0.05)
    vault.keep_texts(SCOPE, {"aa": "one"}, HOUR)
    vault.keep_texts("other", {"aa": "one"}, 0.05)
    vault.exchange("other", {"aa": VALUE}, HOUR)
    time.sleep(0.1)
    assert vault.find_texts(SCOPE, ["aa"], HOUR) == {"aa": "one"}
    assert dict(vault.exchange(SCOPE, {}, HOUR)) == {}
    assert vault.find_texts("other", ["aa"], 0.05) == {}
    assert dict(vault.exchange("other", {}, HOUR)) == {"aa": VALUE}


def test_texts_of_a_scope_are_bounded(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sqlite", "redis"):
        monkeypatch.setattr(f"dlp.vault.{module}.MAX_TEXTS", 3)
    vault = opened(RING)
    for name in ("aa", "bb", "cc"):
        vault.keep_texts(SCOPE, {name: name}, HOUR)
        time.sleep(0.002)
    vault.find_texts(SCOPE, ["aa"], HOUR)
    vault.keep_texts(SCOPE, {"dd": "dd"}, HOUR)
    assert set(vault.find_texts(SCOPE, ["aa", "bb", "cc", "dd"], HOUR)) == {"aa", "cc", "dd"}


def test_erasing_a_scope_takes_its_texts(opened: Opened) -> None:
    vault, running = opened(RING), opened(RING)
    running.keep_texts(SCOPE, {"aa": "one"}, HOUR)
    assert vault.erase(lambda scope: scope == SCOPE) == 1
    assert running.find_texts(SCOPE, ["aa"], HOUR) == {}
    running.keep_texts(SCOPE, {"bb": "two"}, HOUR)  # under a key of its own
    assert vault.find_texts(SCOPE, ["aa", "bb"], HOUR) == {"bb": "two"}


def test_proxies_with_different_keys_are_told_wherever_they_meet(opened: Opened) -> None:
    opened(RING).exchange(SCOPE, {"aa": VALUE}, HOUR)
    stranger = opened(KeyRing((NEW,)))
    for ask in (
        lambda: stranger.exchange(SCOPE, {}, HOUR),
        lambda: stranger.find_texts(SCOPE, ["aa"], HOUR),
        lambda: stranger.keep_texts(SCOPE, {"aa": "one"}, HOUR),
        lambda: stranger.erase(lambda _: True),
        lambda: list(stranger.find(["aa"], lambda _: True)),
        stranger.rotate,
    ):
        with pytest.raises(VaultError, match="different vault keys"):
            ask()


def test_a_rotation_while_proxies_run(opened: Opened) -> None:
    """Old key, both keys, new key: at each step values and texts are there for whoever runs."""
    old = opened(KeyRing((OLD,)))
    old.exchange(SCOPE, {"aa": VALUE}, HOUR)
    old.keep_texts(SCOPE, {"aa": "one"}, HOUR)
    both, also_both = opened(KeyRing((NEW, OLD))), opened(KeyRing((NEW, OLD)))
    both.exchange("fresh", {"bb": "two"}, HOUR)
    assert also_both.rotate() == 1
    for vault in (both, also_both, opened(KeyRing((NEW,)))):
        assert dict(vault.exchange(SCOPE, {}, HOUR)) == {"aa": VALUE}
        assert vault.find_texts(SCOPE, ["aa"], HOUR) == {"aa": "one"}
        assert dict(vault.exchange("fresh", {}, HOUR)) == {"bb": "two"}
        assert vault.rotate() == 0
    assert [dict(values) for _, values in both.find(["aa", "bb"], lambda scope: scope == SCOPE)] == [{"aa": VALUE}]


def test_a_file_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    vault = sqlite_vault(tmp_path)
    vault.exchange(SCOPE, {"aa": VALUE}, HOUR)
    vault.close()
    query(path, "DROP TABLE texts")
    query(path, "ALTER TABLE scopes DROP COLUMN texts")
    query(path, "PRAGMA user_version = 1")
    for _ in range(2):
        vault = sqlite_vault(tmp_path)
        assert dict(vault.exchange(SCOPE, {}, HOUR)) == {"aa": VALUE}
        vault.keep_texts(SCOPE, {"aa": "one"}, HOUR)


def test_keys_are_rotated_while_both_are_live(tmp_path: Path) -> None:
    old = sqlite_vault(tmp_path, KeyRing((OLD,)))
    old.exchange(SCOPE, {"aa": VALUE}, HOUR)
    both = sqlite_vault(tmp_path, KeyRing((NEW, OLD)))
    assert dict(both.exchange(SCOPE, {"bb": "two"}, HOUR)) == {"aa": VALUE, "bb": "two"}
    assert both.rotate() == 1
    assert both.rotate() == 0
    assert dict(sqlite_vault(tmp_path, KeyRing((OLD, NEW))).exchange(SCOPE, {}, HOUR)) == {"aa": VALUE, "bb": "two"}
    assert dict(sqlite_vault(tmp_path, KeyRing((NEW,))).exchange(SCOPE, {}, HOUR)) == {"aa": VALUE, "bb": "two"}
    with pytest.raises(VaultError):
        sqlite_vault(tmp_path, KeyRing((OLD,))).exchange(SCOPE, {}, HOUR)


def test_the_file_survives_being_killed(tmp_path: Path) -> None:
    """In the middle of a write, again and again: what `exchange` returned for is there."""
    program = """
import os, sys
from pathlib import Path
from tests.vault.test_sealed import sqlite_vault
vault = sqlite_vault(Path(sys.argv[1]))
for number in range(10**6):
    vault.exchange("s", {f"{int(sys.argv[2]):04}{number:06}": "x" * 200}, 3600)
    os.write(1, f"{number}\\n".encode())
"""
    for turn in range(3):
        process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(turn)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        last = [process.stdout.readline() for _ in range(20)][-1]
        process.kill()
        process.wait(120)
        rest = process.stdout.read().splitlines()
        process.stdout.close()
        done = int((rest or [last])[-1])
        kept = sqlite_vault(tmp_path).exchange("s", {}, HOUR)
        assert all(f"{turn:04}{number:06}" in kept for number in range(done))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"not a database, but long enough to be read as one" * 40), "cannot use"),
        (lambda path: query(path, "CREATE TABLE x (y)"), "another"),
        (lambda path: query(path, "PRAGMA user_version = 3"), "version 3"),
        (lambda path: path.chmod(0o644), "chmod 600"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_not_used(tmp_path: Path, spoil: object, message: str) -> None:
    path = tmp_path / "vault.db"
    if message in ("version 3", "chmod 600"):
        SqliteStore(path).close()
    spoil(path)  # type: ignore[operator]
    path.chmod(path.stat().st_mode & 0o744 if message == "chmod 600" else 0o600)
    with pytest.raises(ConfigurationError, match=message):
        SqliteStore(path)


@pytest.mark.parametrize("target", ["sqlite", "sqlite:", "postgres://x", "", "redis+sentinel://nothing"])
def test_a_target_that_is_none_is_refused(target: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="dlp_vault"):
        open_vault(target, tmp_path)


def test_an_address_with_a_password_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_vault("redis+sentinel://user:hunter2@nothing", tmp_path)
    assert "hunter2" not in str(refused.value)


def test_the_key_file_is_made_once_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = KeyRing.load(tmp_path)
    assert KeyRing.load(tmp_path) == first
    assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600
    assert first.keys[0].hex() not in repr(first)
    (tmp_path / "vault.key").write_text(f"{NEW.hex()}\n\n{first.keys[0].hex()}\n")
    assert KeyRing.load(tmp_path).keys == (NEW, first.keys[0])
    (tmp_path / "vault.key").chmod(0o640)
    with pytest.raises(ConfigurationError, match="open to other users"):
        KeyRing.load(tmp_path)
    (tmp_path / "vault.key").chmod(0o600)
    (tmp_path / "vault.key").write_text("\n")
    with pytest.raises(ConfigurationError, match="there is no key"):
        KeyRing.load(tmp_path)
    monkeypatch.setenv("DLP_VAULT_KEY", f"{NEW.hex()},{OLD.hex()}")
    assert KeyRing.load(tmp_path).keys == (NEW, OLD)
    monkeypatch.setenv("DLP_VAULT_KEY", "abcd")
    with pytest.raises(ConfigurationError, match="at least 16"):
        KeyRing.load(tmp_path)


def test_a_server_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        vault = redis_vault(server.url)
        vault.exchange(SCOPE, {"aa": VALUE}, HOUR)
        server.pause()
        with pytest.raises(VaultError, match="Timeout"):
            vault.exchange(SCOPE, {}, HOUR)
        server.resume()
        assert dict(vault.exchange(SCOPE, {}, HOUR)) == {"aa": VALUE}
        server.stop()
        with pytest.raises(VaultError, match="ConnectionError"):
            vault.exchange(SCOPE, {}, HOUR)
        server.start()  # without what it held
        assert dict(vault.exchange(SCOPE, {"bb": "two"}, HOUR)) == {"bb": "two"}
        with contextlib.closing(server.client()) as client:
            client.config_set("maxmemory", "1mb")
        with pytest.raises(VaultError, match="OutOfMemory"):
            vault.exchange(SCOPE, {"cc": "x"}, HOUR)


def test_a_server_with_a_password(tmp_path: Path) -> None:
    with RedisServer(tmp_path, "--requirepass", "hunter2") as server:
        right = server.url.replace("redis://", "redis://:hunter2@")
        redis_vault(right).exchange(SCOPE, {"aa": VALUE}, HOUR)
        for wrong in (server.url, server.url.replace("redis://", "redis://:hunter3@")):
            with pytest.raises(VaultError, match="Authentication") as refused:
                redis_vault(wrong).exchange(SCOPE, {}, HOUR)
            assert "hunter" not in str(refused.value)


def test_a_store_without_its_index_says_so(tmp_path: Path, redis_server: RedisServer) -> None:
    """Somebody has emptied it while a proxy ran: what is missing is no fault of ours, and no request passes for it."""
    with contextlib.closing(redis_server.client()) as client:
        client.flushall()
    for store in (SqliteStore(tmp_path / "empty.db"), RedisStore(redis_server.url)):
        with contextlib.closing(store), pytest.raises(VaultError, match="index"):
            store.index(b"")
