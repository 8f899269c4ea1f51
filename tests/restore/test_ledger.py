"""Tries and grants outlive the process, whatever the clock does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.errors import ConfigurationError
from dlp.restore.ledger import FIRST_WAIT, FORGIVEN_AFTER, FREE_TRIES, LONGEST_WAIT, Ledger
from dlp.vault.whose import Whose


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    opened = Ledger(tmp_path, clock)
    yield opened
    opened.close()


def test_waits_grow_and_outlive_the_process(ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    assert [ledger.begin_try("anna") for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES
    again = Ledger(tmp_path, clock)
    assert again.begin_try("anna") == FIRST_WAIT
    assert again.begin_try("bert") == 0.0
    clock.now += FIRST_WAIT
    assert again.begin_try("anna") == 0.0
    assert again.begin_try("anna") == 2 * FIRST_WAIT
    again.close()
    clock.now += LONGEST_WAIT
    for _ in range(60):
        assert ledger.begin_try("anna") == 0.0
        clock.now += LONGEST_WAIT
    clock.now -= LONGEST_WAIT - 1
    assert ledger.begin_try("anna") == LONGEST_WAIT - 1


def test_success_strikes_out_and_time_forgives(ledger: Ledger, clock: Clock) -> None:
    for _ in range(FREE_TRIES):
        ledger.begin_try("anna")
        ledger.begin_try("bert")
    ledger.end_tries("anna")
    assert [ledger.begin_try("anna") for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES
    clock.now += FORGIVEN_AFTER + 1
    assert [ledger.begin_try("bert") for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES


def test_a_clock_that_was_set_back_does_not_lengthen_a_wait(ledger: Ledger, clock: Clock) -> None:
    for _ in range(FREE_TRIES):
        ledger.begin_try("anna")
    clock.now -= 10 * LONGEST_WAIT
    assert ledger.begin_try("anna") == FIRST_WAIT


def test_many_at_once_get_no_more_tries_than_one(tmp_path: Path, clock: Clock) -> None:
    let_in: list[float] = []

    def attempt() -> None:
        ledger = Ledger(tmp_path, clock)
        let_in.append(ledger.begin_try("anna"))
        ledger.close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert let_in.count(0.0) == FREE_TRIES
    assert len(let_in) == 12


def test_names_are_not_written_down(ledger: Ledger, tmp_path: Path) -> None:
    ledger.begin_try("my passcode in the wrong field")
    assert b"wrong field" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_grant_ends(ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    grant = ledger.open_grant("anna", "ticket 4711", Whose(user="bert"), ("c4587843",), 60)
    again = Ledger(tmp_path, clock)
    assert again.grant(grant.id) == grant
    assert again.grants() == [grant]
    assert again.grant("00000000") is None
    clock.now += 60
    assert not again.is_live(grant)
    assert again.grants() == []
    clock.now -= 61
    assert not again.is_live(grant)  # not opened yet: a clock that was set back doesn't lengthen it
    again.close()


def test_a_grant_is_closed(ledger: Ledger) -> None:
    grant = ledger.open_grant("anna", "ticket 4711", Whose(policy="strict"), (), 60)
    ledger.approve(grant, "carl")
    ledger.approve(grant, "dora")
    ledger.close_grant(grant)
    found = ledger.grant(grant.id)
    assert found is not None
    assert (found.approver, found.closed, found.reason) == ("carl", True, "")
    assert ledger.grants() == []


def test_a_file_that_cannot_be_trusted(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    (tmp_path / "restore.db").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Ledger(tmp_path)
    (tmp_path / "restore.db").unlink()
    (tmp_path / "restore.db").write_bytes(b"not a database, but long enough to be read as one" * 40)
    (tmp_path / "restore.db").chmod(0o600)
    with pytest.raises(ConfigurationError, match="cannot use"):
        Ledger(tmp_path)
