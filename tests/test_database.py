"""Transactions of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from dlp.database import transaction


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.db"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE words (word TEXT UNIQUE)")
    yield db
    db.close()


def words(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT word FROM words ORDER BY word")]


def test_a_block_that_ends_is_kept(db: sqlite3.Connection) -> None:
    with transaction(db) as inside:
        inside.execute("INSERT INTO words VALUES ('one')")
    assert words(db) == ["one"]
    assert not db.in_transaction


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_nothing(db: sqlite3.Connection, error: type[BaseException]) -> None:

    def insert_and_raise() -> None:
        with transaction(db):
            db.execute("INSERT INTO words VALUES ('one')")
            raise error

    with pytest.raises(error):
        insert_and_raise()
    assert words(db) == []
    assert not db.in_transaction


def test_what_sqlite_took_back_itself_is_told_as_it_was(db: sqlite3.Connection) -> None:
    """The error is the one that ended the transaction, not that there is none any more."""

    def insert_twice() -> None:
        with transaction(db):
            db.execute("INSERT INTO words VALUES ('one')")
            db.execute("INSERT OR ROLLBACK INTO words VALUES ('one')")

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        insert_twice()
    assert words(db) == []


@pytest.mark.parametrize("kind", ["IMMEDIATE", "EXCLUSIVE"])
def test_others_are_held_off(db: sqlite3.Connection, path: Path, kind: Literal["IMMEDIATE", "EXCLUSIVE"]) -> None:
    """Nobody writes meanwhile; under `EXCLUSIVE` nobody reads either."""
    other = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        with transaction(db, kind):
            with pytest.raises(sqlite3.OperationalError, match="locked"), transaction(other):
                pass
            if kind == "IMMEDIATE":
                assert words(other) == []
            else:
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    words(other)
    finally:
        other.close()
