"""What every vault promises."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from dlp.vault import base
from dlp.vault.base import Vault, VaultStats

HOUR = 3600.0
ODD = 'Größe "x"\n\0 \ud83d 😀'


def test_what_was_stored_comes_back_to_its_scope_alone(opened: Callable[[], Vault]) -> None:
    vault = opened()
    assert dict(vault.exchange("policy\0anna", {"aa": "one", "bb": ODD}, HOUR)) == {"aa": "one", "bb": ODD}
    assert dict(opened().exchange("policy\0anna", {"cc": "three"}, HOUR)) == {"aa": "one", "bb": ODD, "cc": "three"}
    assert dict(vault.exchange("policy\0bert", {}, HOUR)) == {}
    assert "one" not in repr(vault)


def test_a_digest_keeps_what_it_stood_for_first(opened: Callable[[], Vault]) -> None:
    vault = opened()
    vault.exchange("s", {"aa": "one"}, HOUR)
    assert dict(vault.exchange("s", {"aa": "two", "bb": "three"}, HOUR)) == {"aa": "one", "bb": "three"}


def test_scopes_are_erased_by_name(opened: Callable[[], Vault]) -> None:
    vault, other = opened(), opened()
    for scope in ("default\0user:anna", "strict\0user:anna", "default\0user:bert"):
        vault.exchange(scope, {"aa": "one"}, HOUR)
        other.exchange(scope, {}, HOUR)
    assert vault.erase(lambda scope: scope.endswith("\0user:anna")) == 2
    assert dict(other.exchange("default\0user:anna", {}, HOUR)) == {}
    assert dict(other.exchange("default\0user:anna", {"bb": "two"}, HOUR)) == {"bb": "two"}
    assert dict(vault.exchange("default\0user:anna", {}, HOUR)) == {"bb": "two"}
    assert dict(vault.exchange("default\0user:bert", {}, HOUR)) == {"aa": "one"}


def test_it_counts(opened: Callable[[], Vault]) -> None:
    vault = opened()
    assert vault.stats() == VaultStats(0, 0)
    vault.exchange("a", {"aa": "one", "bb": "two"}, HOUR)
    vault.exchange("b", {"aa": "one"}, HOUR)
    assert vault.stats() == VaultStats(2, 3)


def test_a_scope_is_bounded_and_its_oldest_values_go(
    opened: Callable[[], Vault], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many values as a server no longer keeps in the order in which they came (Redis, hash-max-listpack-entries)."""
    for module in ("memory", "sqlite", "redis"):
        monkeypatch.setattr(f"dlp.vault.{module}.MAX_VALUES", 1000)
    vault = opened()
    digests = [f"{number:08x}" for number in range(1200)]
    vault.exchange("s", dict.fromkeys(digests[:900], "1"), HOUR)
    vault.exchange("s", {digests[0]: "again", **dict.fromkeys(digests[900:1000], "2")}, HOUR)
    kept = vault.exchange("s", dict.fromkeys(digests[1000:], "3"), HOUR)
    assert kept.keys() == set(digests[200:])
    assert base.MAX_VALUES == 10_000


def test_what_is_not_used_is_forgotten(opened: Callable[[], Vault], wait: Callable[[float], None]) -> None:
    vault = opened()
    vault.exchange("s", {"aa": "one"}, 0.05)
    wait(0.1)
    assert dict(vault.exchange("s", {}, HOUR)) == {}


def test_many_threads_at_once(opened: Callable[[], Vault]) -> None:
    vaults = [opened(), opened()]
    failed: list[Exception] = []

    def work(number: int) -> None:
        try:
            for at in range(20):
                kept = vaults[number % 2].exchange("s", {f"{number:02}{at:02}": f"{number} {at}"}, HOUR)
                assert kept[f"{number:02}{at:02}"] == f"{number} {at}"
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(vaults[0].exchange("s", {}, HOUR)) == 120
